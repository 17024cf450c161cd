//! Whatever a program calls is shown being called: each public function, method, macro
//! and type of the library has an example, and `cargo test --doc` runs it.
//!
//! What counts as an example is what a reader finds without a search:
//!
//! 1. one in the item's own docs;
//! 2. for a method, one that calls it at the head of its type's page, or behind a link
//!    from there;
//! 3. one behind a link in the item's docs: the linked item's example calls this item, or
//!    the docs say that this one is "As [that]", or this one is a type, which is made by
//!    what is linked.
//!
//! Left out is what no program calls by name, or should: implementations of traits, and
//! what is hidden from the docs, deprecated, or has no path to it. `unreachable_pub` is an
//! error in the library, so all else that says `pub` is public.

mod items;
#[path = "../support/library.rs"]
mod library;
mod names;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use items::{Item, Kind, Ways};
use library::library;

/// Everything public, by name.
struct Library {
    items: Vec<Item>,
    by_name: BTreeMap<String, Vec<usize>>,
    ways: Ways,
}

impl Library {
    fn of(files: &[(PathBuf, String)]) -> Self {
        let (items, ways) = items::of(files);
        let mut by_name: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (place, item) in items.iter().enumerate() {
            by_name.entry(item.name.clone()).or_default().push(place);
        }
        Self {
            items,
            by_name,
            ways,
        }
    }

    /// Those of a name, the nearest to `file` first: some names are in several modules.
    fn named(&self, name: &str, file: &Path) -> Vec<&Item> {
        let places = self.by_name.get(name).into_iter().flatten();
        let mut items: Vec<_> = places.map(|&place| &self.items[place]).collect();
        let shared = |item: &Item| {
            let pairs = item.file.iter().zip(file);
            pairs.take_while(|(one, other)| one == other).count()
        };
        items.sort_by_key(|item| std::cmp::Reverse(shared(item)));
        items
    }

    /// The type whose method it is, and whatever else that is called.
    fn types_of(&self, item: &Item) -> Vec<&Item> {
        let Some(of) = item.of.as_deref() else {
            return Vec::new();
        };
        let names = std::iter::once(of).chain(self.ways.aliases(of));
        let types = names.filter_map(|name| {
            let named = self.named(name, &item.file);
            named.into_iter().find(|it| it.kind == Kind::Type)
        });
        types.collect()
    }

    fn linked(&self, item: &Item, of: &Option<String>, name: &str) -> Option<&Item> {
        if name == "Self" {
            return self.types_of(item).into_iter().next();
        }
        let of = match of.as_deref() {
            Some("Self") => item.of.as_deref().or(Some(&item.name)),
            of => of,
        };
        let named = self.named(name, &item.file);
        let is_it = |it: &&Item| match of {
            Some(of) if of.starts_with(char::is_uppercase) => {
                let whose = it.of.as_deref().unwrap_or_default();
                whose == of || self.ways.aliases(whose).any(|alias| alias == of)
            }
            _ => it.of.is_none(),
        };
        named.into_iter().find(is_it)
    }

    /// Whether an example stands in its own docs, or calls it at the head of its type's
    /// page, or behind a link from there.
    fn is_shown_on_its_page(&self, item: &Item) -> bool {
        let calls = |of: &&Item| {
            let linked = of
                .links
                .iter()
                .map(|(whose, name)| self.linked(of, whose, name));
            of.calls(&item.name) || linked.flatten().any(|it| it.calls(&item.name))
        };
        item.shows() || self.types_of(item).iter().any(calls)
    }

    fn is_shown(&self, item: &Item) -> bool {
        let is_shown_by = |(place, (of, name)): (usize, &(Option<String>, String))| {
            let is_alike = item.kind == Kind::Type || item.says_as && place == 0;
            self.linked(item, of, name)
                .is_some_and(|it| it.calls(&item.name) || is_alike && self.is_shown_on_its_page(it))
        };
        self.is_shown_on_its_page(item) || item.links.iter().enumerate().any(is_shown_by)
    }

    fn not_shown(&self) -> Vec<String> {
        let not_shown = self.items.iter().filter(|item| !self.is_shown(item));
        not_shown.map(Item::title).collect()
    }
}

/// What the rules do not find, and why.
const EXCEPTIONS: [&str; 1] = [
    // Its docs stand where the macro is used that makes it: at `Command`.
    "pre_exec in sys/promised.rs",
];

#[test]
fn all_that_a_program_calls_is_shown_being_called() {
    let library = Library::of(&library());
    let count = library.items.len();
    assert!(count > 1_000, "only {count} items were found");
    let mut not_shown = library.not_shown();
    for exception in EXCEPTIONS {
        let place = not_shown.iter().position(|item| item == exception);
        not_shown.remove(place.unwrap_or_else(|| panic!("{exception} is none any more")));
    }
    let list = not_shown.join("\n");
    assert!(not_shown.is_empty(), "no example of\n{list}");
}

#[test]
fn what_is_not_shown_is_found_out() {
    let text = r#"
        /// A cup.
        ///
        /// ```
        /// Cup::new().sip();
        /// ```
        pub struct Cup;
        impl Cup {
            /// By the head of its page.
            pub fn new() -> Self {}
            /// The same.
            pub fn sip(&self) {}
            /// As [`sip`](Self::sip), with a spoon.
            pub fn stir(&self) {}
            /// See [`wash_up`].
            pub fn wash(self) {}
            /// Not at all, as nothing calls it: [`wash_up`].
            pub fn spill(self) {}
            fn private(&self) {}
        }
        impl Drop for Cup {
            fn drop(&mut self) {}
        }
        /// Washes.
        ///
        /// ```
        /// wash_up([Cup::new()]);
        /// for cup in cups { cup.wash(); }
        /// ```
        pub fn wash_up(cups: [Cup; 1]) {}
        /// Nor this.
        pub fn wash_up_later(cups: [Cup; 1]) {}
        /// Given by [`wash_up`].
        pub struct Thanks;
        #[doc(hidden)]
        pub fn for_macros() {}
        macro_rules! cups {
            () => {
                /// Nor what a macro makes.
                pub fn cup() -> Cup {}
            };
        }
    "#;
    let library = Library::of(&[(PathBuf::from("lib.rs"), text.to_owned())]);
    assert_eq!(
        library.not_shown(),
        [
            "Cup::spill in lib.rs",
            "wash_up_later in lib.rs",
            "cup in lib.rs"
        ]
    );
}
