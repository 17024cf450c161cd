//! The links of a page, and the headings that they may lead to.

#![allow(dead_code, reason = "each test file uses a part of it")]

/// Each link: its text, and where it leads.
pub fn links(page: &str) -> Vec<(&str, &str)> {
    let pieces: Vec<_> = page.split("](").collect();
    let pairs = pieces.windows(2);
    pairs
        .filter_map(|pair| {
            let (_, text) = pair[0].rsplit_once('[')?;
            let (target, _) = pair[1].split_once(')')?;
            Some((text, target))
        })
        .collect()
}

/// The names that a forge gives to the headings of a page.
pub fn anchors(page: &str) -> Vec<String> {
    let headings = page.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|heading| {
            let words = heading.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter_map(|letter| match letter {
                ' ' | '-' => Some('-'),
                letter => letter.is_alphanumeric().then_some(letter),
            });
            kept.collect()
        })
        .collect()
}
