use weakref_containers::shared::Shares;

#[derive(Debug)]
enum Mine {}

impl Shares<String, String> for Mine {}

fn main() {}
