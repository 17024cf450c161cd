//! One manifest of a program that moves.
//!
//! Owns what becomes of it: each dependency on tokio, under whatever name and for whatever
//! target, is one on buzzer, whose source is a folder in the place of a version. All else
//! stays, the way it is written too. Beside tokio-util, which has tokio's traits, the
//! feature `tokio-io` is added, since buzzer's types then have them too.

use std::path::Path;

use toml_edit::{Array, DocumentMut, Formatted, InlineTable, Item, TableLike, TomlError, Value};

/// Where a dependency comes from, and which of it is taken.
const SOURCE: [&str; 8] = [
    "version",
    "path",
    "git",
    "branch",
    "tag",
    "rev",
    "registry",
    "registry-index",
];

/// A manifest that has been rewritten.
#[derive(Debug)]
pub struct Moved {
    pub text: String,
    /// How many of its dependencies are tokio, those that came here earlier among them.
    pub tokios: usize,
}

/// The manifest `text`, with buzzer, whose folder is `executor`, for tokio.
pub fn moved(before: &str, executor: &Path) -> Result<Moved, TomlError> {
    let mut manifest: DocumentMut = before.parse()?;
    let mut tokios = 0;
    each_list(manifest.as_table_mut(), &mut |list| {
        let has_traits = list
            .iter()
            .any(|(name, item)| package_of(name, item) == "tokio-util" && !is_inherited(item));
        for (name, item) in list.iter_mut() {
            if !is_tokio(&name, item) {
                continue;
            }
            tokios += 1;
            if !is_inherited(item) {
                take_from(item, executor);
            }
            if has_traits {
                add_feature(item, "tokio-io");
            }
        }
    });
    let mut text = manifest.to_string();
    if before.contains("\r\n") {
        text = text.replace('\n', "\r\n");
    }
    Ok(Moved { text, tokios })
}

/// Calls `f` with each list of dependencies.
fn each_list(manifest: &mut dyn TableLike, f: &mut dyn FnMut(&mut dyn TableLike)) {
    for name in ["dependencies", "dev-dependencies", "build-dependencies"] {
        if let Some(list) = table(manifest, name) {
            f(list);
        }
    }
    if let Some(workspace) = table(manifest, "workspace") {
        each_list(workspace, f);
    }
    if let Some(targets) = table(manifest, "target") {
        for (_, target) in targets.iter_mut() {
            if let Some(target) = target.as_table_like_mut() {
                each_list(target, f);
            }
        }
    }
}

fn table<'a>(of: &'a mut dyn TableLike, name: &str) -> Option<&'a mut dyn TableLike> {
    of.get_mut(name)?.as_table_like_mut()
}

/// The crate that a dependency of that name is on.
fn package_of<'a>(name: &'a str, item: &'a Item) -> &'a str {
    let package = item.as_table_like().and_then(|item| item.get("package"));
    package.and_then(Item::as_str).unwrap_or(name)
}

fn is_tokio(name: &str, item: &Item) -> bool {
    match package_of(name, item) {
        "tokio" => true,
        // It came here earlier.
        package => name == "tokio" && package == "buzzer",
    }
}

/// Whether the workspace's manifest says what it is.
fn is_inherited(item: &Item) -> bool {
    let inherits = item.as_table_like().and_then(|item| item.get("workspace"));
    inherits.and_then(Item::as_bool) == Some(true)
}

/// Has the dependency be on buzzer, in the folder `executor`.
fn take_from(item: &mut Item, executor: &Path) {
    let executor = executor.display().to_string();
    match item {
        Item::Value(value) => {
            let mut line = InlineTable::new();
            line.insert("package", "buzzer".into());
            line.insert("path", executor.into());
            if let Value::InlineTable(before) = &*value {
                for (name, value) in before.iter() {
                    if name != "package" && !SOURCE.contains(&name) {
                        line.insert(name, value.clone());
                    }
                }
            }
            line.fmt();
            let around = value.decor().clone();
            *value = line.into();
            *value.decor_mut() = around;
        }
        item => {
            let Some(table) = item.as_table_like_mut() else {
                return;
            };
            for name in SOURCE {
                table.remove(name);
            }
            table.insert("package", text("buzzer"));
            table.insert("path", text(&executor));
        }
    }
}

fn text(value: &str) -> Item {
    Item::Value(Value::String(Formatted::new(value.to_owned())))
}

/// Adds `feature`, first in its list, if it is not there.
fn add_feature(item: &mut Item, feature: &str) {
    let Some(table) = item.as_table_like_mut() else {
        return;
    };
    let features = table.entry("features");
    let features = features.or_insert(Item::Value(Value::Array(Array::new())));
    if let Some(features) = features.as_array_mut()
        && !features.iter().any(|is| is.as_str() == Some(feature))
    {
        features.insert(0, feature);
        // One that has a line for each keeps them.
        if !features.to_string().contains('\n') {
            features.fmt();
        }
    }
    if let Item::Value(Value::InlineTable(line)) = item {
        line.fmt();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the lines, and of them again.
    #[track_caller]
    fn become_lines(before: &str, after: &str) {
        let here = Path::new("/here");
        let once = moved(before, here).unwrap();
        assert_eq!(once.text, after);
        assert_eq!(once.tokios, before.matches("tokio").count().min(1));
        assert_eq!(moved(after, here).unwrap().text, after);
    }

    #[test]
    fn a_line_keeps_all_but_where_it_comes_from() {
        for (before, after) in [
            (r#""1""#, r#"{ package = "buzzer", path = "/here" }"#),
            (
                "'1' # why",
                r#"{ package = "buzzer", path = "/here" } # why"#,
            ),
            (
                r#"{ version = "1", features = ["full"] }"#,
                r#"{ package = "buzzer", path = "/here", features = ["full"] }"#,
            ),
            (
                r#"{ features = ['rt'], optional = true, version = '1' }"#,
                r#"{ package = "buzzer", path = "/here", features = ['rt'], optional = true }"#,
            ),
            (
                r#"{version="1",default-features=false}"#,
                r#"{ package = "buzzer", path = "/here", default-features = false }"#,
            ),
            (
                r#"{ git = "a/b", branch = "c", path = "d", registry = "e", rev = "f" }"#,
                r#"{ package = "buzzer", path = "/here" }"#,
            ),
            (
                "{ version = \"1\", features = [\n    \"rt\",\n    \"net\", # both\n] }",
                "{ package = \"buzzer\", path = \"/here\", features = [\n    \"rt\",\n    \
                 \"net\", # both\n] }",
            ),
        ] {
            let line = |value: &str| {
                format!("[dependencies]\na = \"2\"\ntokio = {value}\nz.path = \"z\"\n")
            };
            become_lines(&line(before), &line(after));
        }
    }

    #[test]
    fn every_list_of_dependencies_is_looked_at() {
        for list in [
            "dependencies",
            "dev-dependencies",
            "build-dependencies",
            "workspace.dependencies",
            "target.'cfg(unix)'.dependencies",
            "target.x86_64-unknown-linux-gnu.dev-dependencies",
        ] {
            become_lines(
                &format!("[{list}]\ntokio = \"1\"\n"),
                &format!("[{list}]\ntokio = {{ package = \"buzzer\", path = \"/here\" }}\n"),
            );
        }
    }

    #[test]
    fn a_table_and_keys_with_dots_stay_what_they_are() {
        become_lines(
            "[dependencies.tokio]\nversion = \"1\"\nfeatures = [\"full\"]\n",
            "[dependencies.tokio]\nfeatures = [\"full\"]\npackage = \"buzzer\"\npath = \"/here\"\n",
        );
        become_lines(
            "[dependencies]\ntokio.version = \"1\"\ntokio.features = [\"full\"]\n",
            "[dependencies]\ntokio.features = [\"full\"]\ntokio.package = \"buzzer\"\n\
             tokio.path = \"/here\"\n",
        );
    }

    #[test]
    fn what_a_member_inherits_is_left_to_the_workspace() {
        for same in [
            "[dependencies]\ntokio.workspace = true\n",
            "[dependencies]\ntokio = { workspace = true, features = [\"net\"] }\n",
            "[dependencies.tokio]\nworkspace = true\n",
            "[dependencies]\ntokio.workspace = true\ntokio-util.workspace = true\n",
        ] {
            become_lines(same, same);
        }
    }

    #[test]
    fn a_name_of_the_programs_own_stays() {
        become_lines(
            "[dependencies]\nrt = { package = \"tokio\", version = \"1\" }\n",
            "[dependencies]\nrt = { package = \"buzzer\", path = \"/here\" }\n",
        );
    }

    #[test]
    fn beside_what_has_tokios_traits_they_are_asked_for() {
        let buzzer = "package = \"buzzer\", path = \"/here\"";
        for (before, after) in [
            (
                "\"1\"",
                format!("{{ {buzzer}, features = [\"tokio-io\"] }}"),
            ),
            (
                "{ version = \"1\", features = [\"full\"] }",
                format!("{{ {buzzer}, features = [\"tokio-io\", \"full\"] }}"),
            ),
            (
                "{ version = \"1\", features = [\n    \"rt\",\n] }",
                format!("{{ {buzzer}, features = [\"tokio-io\",\n    \"rt\",\n] }}"),
            ),
            (
                "{ workspace = true }",
                "{ workspace = true, features = [\"tokio-io\"] }".to_owned(),
            ),
        ] {
            let lines =
                |value: &str| format!("[dependencies]\ntokio = {value}\ntokio-util = \"0.7\"\n");
            become_lines(&lines(before), &lines(&after));
        }
    }

    #[test]
    fn other_crates_and_a_patch_of_tokio_are_none_of_its_business() {
        for same in [
            "[dependencies]\ntokio-stream = \"0.1\"\n",
            "[patch.crates-io]\ntokio = { path = \"../tokio\" }\n",
            "[package]\nname = \"tokio\"\n",
        ] {
            let moved = moved(same, Path::new("/here")).unwrap();
            assert_eq!((moved.text.as_str(), moved.tokios), (same, 0));
        }
    }

    #[test]
    fn lines_end_as_they_did() {
        become_lines(
            "[dependencies]\r\ntokio = \"1\"\r\n",
            "[dependencies]\r\ntokio = { package = \"buzzer\", path = \"/here\" }\r\n",
        );
    }

    #[test]
    fn what_is_no_manifest_is_an_error() {
        moved("tokio = ", Path::new("/here")).unwrap_err();
    }
}
