pub enum Length {
    Rounds(u64),
    Minutes(u64),
}
pub fn run(_: u64, _: Length) {}
pub fn serve(_: u64) {}
pub fn call(_: &str, _: u64, _: u64, _: &[&str]) {}
