//! `OnceCell` and `SetOnce` as values: what they hold, what they are equal to, and what is
//! copied of them.

use buzzer::sync::{OnceCell, SetOnce};

#[test]
fn a_cell_knows_whether_it_has_a_value() {
    let cell = OnceCell::new();
    assert!(!cell.initialized());
    assert_eq!(cell.get(), None);
    cell.set("mocha").unwrap();
    assert!(cell.initialized());
    assert_eq!(cell.get(), Some(&"mocha"));
}

#[test]
fn what_is_set_once_knows_whether_it_has_a_value() {
    let menu = SetOnce::new();
    assert!(!menu.initialized());
    assert_eq!(menu.get(), None);
    menu.set("mocha").unwrap();
    assert!(menu.initialized());
    assert_eq!(menu.get(), Some(&"mocha"));
    assert_eq!(menu.set("latte").unwrap_err().0, "latte");
    assert_eq!(menu.into_inner(), Some("mocha"));
}

#[test]
fn cells_are_equal_if_their_values_are() {
    let with = |value| OnceCell::new_with(value);
    assert_eq!(with(Some(1)), OnceCell::from(1));
    assert_eq!(with(None), OnceCell::new());
    assert_ne!(with(Some(1)), with(Some(2)));
    assert_ne!(with(Some(1)), with(None));
    let with = |value| SetOnce::new_with(value);
    assert_eq!(with(Some(1)), SetOnce::from(1));
    assert_eq!(with(None), SetOnce::new());
    assert_ne!(with(Some(1)), with(Some(2)));
    assert_ne!(with(Some(1)), with(None));
}

#[test]
fn a_copy_has_the_value_and_what_is_set_later_by_itself() {
    let cell = OnceCell::new();
    let before = cell.clone();
    cell.set(1).unwrap();
    assert_eq!((before.get(), cell.clone().get()), (None, Some(&1)));
    let cell = SetOnce::new();
    let before = cell.clone();
    cell.set(1).unwrap();
    assert_eq!((before.get(), cell.clone().get()), (None, Some(&1)));
}
