//! Which objects own which: the graph of what was found in them, and its cycles.
//!
//! Two objects are in one cycle if each is reached from the other: they have one number then ([`Graph::rings`]). A
//! handle is found in an object or it is not; where else it may be nobody knows: on a stack, in a closure, in a
//! container that no object owns.

use core::cmp::Reverse;
use core::panic::Location;
use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};

use super::hidden::{Place, Plain};
use super::table;
use super::visit::{Found, Visitor};
use crate::id::ObjectId;

/// An object and the field of it in which strong handles of another are.
///
/// See [`Holders::owners`](super::Holders::owners).
#[derive(Clone, Debug)]
pub struct Owner {
    pub(super) object: Object,
    pub(super) field: &'static str,
    pub(super) handles: Vec<u64>,
    pub(super) count: usize,
    pub(super) is_in_cycle: bool,
}

impl Owner {
    /// The identity of the object that owns.
    pub fn id(&self) -> ObjectId {
        self.object.id
    }

    /// The name of its type when it was made.
    pub fn type_name(&self) -> &'static str {
        self.object.type_name
    }

    /// Where it was made.
    pub fn birthplace(&self) -> &'static Location<'static> {
        self.object.born
    }

    /// The name of the field, without the dot that tables show; of a tuple its number.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// How many handles are in that field.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Whether it is itself owned by what it owns, directly or through others: neither dies by itself.
    pub fn is_in_cycle(&self) -> bool {
        self.is_in_cycle
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Object {
    pub(super) id: ObjectId,
    pub(super) number: u64,
    pub(super) type_name: &'static str,
    pub(super) born: &'static Location<'static>,
    /// The number of the thread that made it, if its handles are not to leave that.
    pub(super) home: Option<u64>,
}

/// Handles of one object in one field of another.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub(super) owner: usize,
    pub(super) owned: usize,
    pub(super) field: &'static str,
    /// Those that have a number.
    handles: Vec<u64>,
    count: usize,
}

impl Edge {
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

/// All objects on record. Others may change while the next is looked at: each edge was there at some time.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) objects: Vec<Object>,
    pub(super) edges: Vec<Edge>,
    /// What was not looked into, by the age of its objects.
    pub(super) places: Vec<Place>,
    /// By owner, and by owned, the indices of the edges.
    out: Vec<Vec<usize>>,
    into: Vec<Vec<usize>>,
    /// The number of each object's cycle, if it is in one.
    rings: Vec<Option<usize>>,
    /// By the addresses of the objects.
    ranks: HashMap<usize, usize>,
}

impl Graph {
    /// Of what lives now.
    pub(super) fn now() -> Self {
        let (objects, found) = look();
        Self::of(objects, found)
    }

    /// Of objects by age, and what was found in which.
    fn of(objects: Vec<Object>, found: Vec<(usize, Found)>) -> Self {
        let ranks: HashMap<usize, usize> = objects
            .iter()
            .enumerate()
            .map(|(at, object)| (object.id.address(), at))
            .collect();
        let mut edges: Vec<Edge> = Vec::new();
        let mut places = Vec::new();
        let mut hidden = HashSet::new();
        let mut plain = None;
        let mut known = HashMap::new();
        let mut counted = BTreeSet::new();
        for (owner, found) in found {
            let (field, object, handle) = match found {
                Found::Handle {
                    field,
                    object,
                    handle,
                } => (field, object, handle),
                Found::Hidden {
                    field,
                    type_name,
                    why,
                } => {
                    let place = Place {
                        object: owner,
                        field,
                        type_name,
                        why,
                    };
                    let plain = plain.get_or_insert_with(Plain::new);
                    let owns_nothing = plain.owns_nothing(if type_name.is_empty() {
                        objects[owner].type_name
                    } else {
                        type_name
                    });
                    if !owns_nothing && hidden.insert(place) {
                        places.push(place);
                    }
                    continue;
                }
            };
            let Some(&owned) = ranks.get(&object) else {
                continue;
            };
            let has_number = table::is_number(handle);
            // One that is older than the object was of another, which had the address before.
            if has_number && handle < objects[owned].number {
                continue;
            }
            // What is shared was visited on each way to it.
            if has_number && !counted.insert((owner, handle)) {
                continue;
            }
            let at = *known.entry((owner, owned, field)).or_insert(edges.len());
            if at == edges.len() {
                edges.push(Edge {
                    owner,
                    owned,
                    field,
                    handles: Vec::new(),
                    count: 0,
                });
            }
            edges[at].count += 1;
            if has_number {
                edges[at].handles.push(handle);
            }
        }
        let mut out = vec![Vec::new(); objects.len()];
        let mut into = vec![Vec::new(); objects.len()];
        for (at, edge) in edges.iter().enumerate() {
            out[edge.owner].push(at);
            into[edge.owned].push(at);
        }
        let mut graph = Self {
            objects,
            edges,
            places,
            out,
            into,
            rings: Vec::new(),
            ranks,
        };
        graph.rings = graph.find_rings();
        graph
    }

    /// Which of the objects it is, if it was alive.
    pub(super) fn find(&self, id: ObjectId, number: u64) -> Option<usize> {
        let at = *self.ranks.get(&id.address())?;
        (self.objects[at].number == number).then_some(at)
    }

    /// The owners of an object, newest first.
    pub(super) fn owners(&self, owned: usize) -> Vec<Owner> {
        let mut owners: Vec<Owner> = self.into[owned]
            .iter()
            .map(|&at| &self.edges[at])
            .map(|edge| Owner {
                object: self.objects[edge.owner],
                field: edge.field,
                handles: edge.handles.clone(),
                count: edge.count,
                is_in_cycle: self.is_in_cycle(edge),
            })
            .collect();
        owners.sort_by_key(|owner| (Reverse(owner.object.number), owner.field));
        owners
    }

    pub(super) fn is_in_cycle(&self, edge: &Edge) -> bool {
        let ring = self.rings[edge.owner];
        ring.is_some() && ring == self.rings[edge.owned]
    }

    /// Those that own an object, directly or through others, itself first.
    pub(super) fn above(&self, object: usize) -> Vec<usize> {
        self.reached(object, &self.into, |edge| edge.owner)
    }

    /// Those that an object owns, directly or through others, itself first.
    pub(super) fn below(&self, object: usize) -> Vec<usize> {
        self.reached(object, &self.out, |edge| edge.owned)
    }

    fn reached(
        &self,
        from: usize,
        edges: &[Vec<usize>],
        next: impl Fn(&Edge) -> usize,
    ) -> Vec<usize> {
        let mut reached = vec![from];
        let mut known = BTreeSet::from([from]);
        let mut at = 0;
        while let Some(&object) = reached.get(at) {
            for &edge in &edges[object] {
                let other = next(&self.edges[edge]);
                if known.insert(other) {
                    reached.push(other);
                }
            }
            at += 1;
        }
        reached
    }

    /// For each cycle above an object a shortest one, as its edges; of that in which it is itself one for each owner.
    pub(super) fn cycles(&self, object: usize) -> Vec<Vec<&Edge>> {
        let mut cycles = Vec::new();
        let mut known = BTreeSet::new();
        for above in self.above(object) {
            let Some(ring) = self.rings[above].filter(|ring| known.insert(*ring)) else {
                continue;
            };
            for &back in &self.into[above] {
                let back = &self.edges[back];
                if self.rings[back.owner] != Some(ring) {
                    continue;
                }
                let mut cycle = self.path(above, back.owner);
                cycle.push(back);
                cycles.push(cycle);
                if above != object {
                    break;
                }
            }
        }
        cycles
    }

    /// A shortest way down from one object to another, which there is.
    fn path(&self, from: usize, to: usize) -> Vec<&Edge> {
        let mut came: HashMap<usize, &Edge> = HashMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(object) = queue.pop_front() {
            if object == to {
                break;
            }
            for &edge in &self.out[object] {
                let edge = &self.edges[edge];
                if edge.owned != from && !came.contains_key(&edge.owned) {
                    came.insert(edge.owned, edge);
                    queue.push_back(edge.owned);
                }
            }
        }
        let mut path = Vec::new();
        let mut at = to;
        while at != from {
            let edge = came[&at];
            path.push(edge);
            at = edge.owner;
        }
        path.reverse();
        path
    }

    /// By Kosaraju: objects in the order in which a walk down leaves them, and walks up from the last of them.
    fn find_rings(&self) -> Vec<Option<usize>> {
        let mut left = Vec::new();
        let mut is_known = vec![false; self.objects.len()];
        for start in 0..self.objects.len() {
            if is_known[start] {
                continue;
            }
            is_known[start] = true;
            let mut stack = vec![(start, 0)];
            while let Some((object, next)) = stack.last_mut() {
                let Some(&edge) = self.out[*object].get(*next) else {
                    left.push(*object);
                    stack.pop();
                    continue;
                };
                *next += 1;
                let owned = self.edges[edge].owned;
                if !is_known[owned] {
                    is_known[owned] = true;
                    stack.push((owned, 0));
                }
            }
        }
        let mut rings = vec![None; self.objects.len()];
        let mut is_taken = vec![false; self.objects.len()];
        for &start in left.iter().rev() {
            if is_taken[start] {
                continue;
            }
            is_taken[start] = true;
            let mut members = vec![start];
            let mut at = 0;
            while let Some(&object) = members.get(at) {
                for &edge in &self.into[object] {
                    let owner = self.edges[edge].owner;
                    if !is_taken[owner] {
                        is_taken[owner] = true;
                        members.push(owner);
                    }
                }
                at += 1;
            }
            let owns_itself = self.out[start]
                .iter()
                .any(|&edge| self.edges[edge].owned == start);
            if members.len() > 1 || owns_itself {
                for member in members {
                    rings[member] = Some(start);
                }
            }
        }
        rings
    }
}

/// Looks into all objects on record. What is found has its room before the locks are taken.
fn look() -> (Vec<Object>, Vec<(usize, Found)>) {
    let mut room = 64;
    loop {
        let mut found = Vec::with_capacity(room);
        let mut visitor = Visitor::new(&mut found);
        let mut ends = Vec::new();
        let objects = table::read_each(|at, record| {
            record.look(&mut visitor);
            ends.push(visitor.len());
            Some(Object {
                id: ObjectId::at(at),
                number: record.number,
                type_name: record.type_name,
                born: record.born,
                home: record.home(),
            })
        });
        let missed = visitor.missed();
        if missed == 0 {
            let mut owner = 0;
            let found = found.into_iter().enumerate().map(|(at, found)| {
                while ends[owner] <= at {
                    owner += 1;
                }
                (owner, found)
            });
            return by_age(&objects, found.collect());
        }
        room = 2 * (room + missed);
    }
}

/// Sorts both by the numbers of the objects: addresses differ from run to run.
fn by_age(
    objects: &[Object],
    mut found: Vec<(usize, Found)>,
) -> (Vec<Object>, Vec<(usize, Found)>) {
    let mut order: Vec<usize> = (0..objects.len()).collect();
    order.sort_by_key(|&at| objects[at].number);
    let mut ranks = vec![0; objects.len()];
    for (rank, &at) in order.iter().enumerate() {
        ranks[at] = rank;
    }
    for (owner, _) in &mut found {
        *owner = ranks[*owner];
    }
    found.sort_by_key(|(owner, _)| *owner);
    (order.into_iter().map(|at| objects[at]).collect(), found)
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::object::Object as Any;
    use crate::strong::Strong;

    /// Between the looks at two objects a third may end, and another be born at its address.
    #[test]
    fn a_handle_is_of_no_object_that_is_younger() {
        let strong = Strong::new(Any(()));
        let objects = [3, 7].map(|number| Object {
            id: if number == 7 {
                Strong::id(&strong)
            } else {
                ObjectId::at(64)
            },
            number,
            type_name: "",
            born: Location::caller(),
            home: None,
        });
        let found = |handle| {
            let object = Strong::id(&strong).address();
            let found = Found::Handle {
                field: "",
                object,
                handle,
            };
            Graph::of(objects.to_vec(), vec![(0, found)]).edges.len()
        };
        assert_eq!(found(6), 0);
        assert_eq!(found(8), 1);
        assert_eq!(found(crate::trace::token::Token::PARKED.number()), 1);
    }
}
