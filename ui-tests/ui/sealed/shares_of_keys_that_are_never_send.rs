use weakref::SyncSlot;
use weakref_containers::shared::Shares;

trait Local {}

struct Mine(&'static dyn Local);

impl Shares<Mine, Mine> for SyncSlot {}

fn main() {}
