//! What must be true: who is alive, in what order actions fire, and how often.

use std::cell::RefCell;
use std::mem::take;

use super::flavour::Held;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Building,
    Alive,
    /// Dead, the value not yet dropped.
    Dying,
    /// Dead, the value dropped, moved out, or never made.
    Gone,
}

#[derive(Debug)]
struct Object {
    state: State,
    flags: u8,
    /// A body exists, in the object or on its way to or from it.
    bodies: u8,
    strong: u32,
    weak: u32,
    /// Callbacks and finalizers that are still to fire, oldest first.
    list: Vec<u32>,
    held: Vec<Held>,
}

struct Token {
    object: u32,
    flags: u8,
    is_finalizer: bool,
    fired: bool,
    dropped: bool,
    /// Taken out by a call or detached: fires out of turn.
    claimed: bool,
    handles: u32,
}

struct Watch {
    object: u32,
    is_sync: bool,
    is_passive: bool,
    ended: bool,
    drained: bool,
}

#[derive(Default)]
pub(crate) struct Model {
    objects: Vec<Object>,
    tokens: Vec<Token>,
    watches: Vec<Watch>,
}

thread_local! {
    static MODEL: RefCell<Model> = RefCell::default();
}

pub(crate) fn model<R>(body: impl FnOnce(&mut Model) -> R) -> R {
    MODEL.with_borrow_mut(body)
}

pub(crate) fn begin() {
    model(|m| {
        m.objects.clear();
        m.tokens.clear();
        m.watches.clear();
    });
}

impl Model {
    fn at(&mut self, id: u32) -> &mut Object {
        &mut self.objects[id as usize]
    }

    fn token_at(&mut self, token: u32) -> &mut Token {
        &mut self.tokens[token as usize]
    }

    fn add(&mut self, flags: u8, state: State) -> u32 {
        self.objects.push(Object {
            state,
            flags,
            bodies: 0,
            strong: 0,
            weak: 0,
            list: Vec::new(),
            held: Vec::new(),
        });
        self.objects.len() as u32 - 1
    }

    pub(crate) fn object(&mut self, flags: u8) -> u32 {
        self.add(flags, State::Alive)
    }

    pub(crate) fn building(&mut self, flags: u8) -> u32 {
        self.add(flags, State::Building)
    }

    pub(crate) fn set(&mut self, id: u32, state: State) {
        self.at(id).state = state;
    }

    pub(crate) fn body_begins(&mut self, id: u32) {
        self.at(id).bodies += 1;
    }

    /// What the body held, what it does, and whether it ends as part of its object's death.
    pub(crate) fn body_ends(&mut self, id: u32) -> (Vec<Held>, u8, bool) {
        let object = self.at(id);
        object.bodies -= 1;
        assert_eq!(object.bodies, 0, "a value is dropped twice");
        let dies = object.state == State::Dying;
        match object.state {
            State::Alive => panic!("the value of a live object is dropped"),
            State::Dying => object.state = State::Gone,
            State::Building | State::Gone => {}
        }
        (take(&mut object.held), object.flags, dies)
    }

    pub(crate) fn is_alive(&mut self, id: u32) -> bool {
        self.at(id).state == State::Alive
    }

    pub(crate) fn retain(&mut self, id: u32) {
        assert!(self.is_alive(id), "a strong handle of what is dead");
        self.at(id).strong += 1;
    }

    /// Whether it was the last.
    pub(crate) fn release(&mut self, id: u32) -> bool {
        let object = self.at(id);
        assert_eq!(object.state, State::Alive);
        object.strong -= 1;
        if object.strong == 0 {
            object.state = State::Dying;
        }
        object.strong == 0
    }

    /// The value is moved out: from here on it is the caller's.
    pub(crate) fn moves(&mut self, id: u32) {
        let object = self.at(id);
        assert_eq!((object.state, object.strong), (State::Alive, 1));
        object.strong = 0;
        object.state = State::Gone;
    }

    pub(crate) fn fails(&mut self, id: u32) {
        self.set(id, State::Gone);
    }

    /// The death of an object is over.
    pub(crate) fn ended(&mut self, id: u32) {
        let object = self.at(id);
        assert_eq!(object.state, State::Gone, "the value was not dropped");
        assert!(object.list.is_empty(), "not all has fired");
    }

    pub(crate) fn retain_weak(&mut self, id: u32) {
        self.at(id).weak += 1;
    }

    pub(crate) fn release_weak(&mut self, id: u32) {
        self.at(id).weak -= 1;
    }

    pub(crate) fn counts(&mut self, id: u32) -> (usize, usize) {
        let watches = self
            .watches
            .iter()
            .filter(|watch| watch.object == id && !watch.ended)
            .count();
        let object = self.at(id);
        (
            object.strong as usize,
            object.weak as usize + object.list.len() + watches,
        )
    }

    /// Whether there is one strong handle, and no weak one but finalizers without handles.
    pub(crate) fn is_unique(&mut self, id: u32) -> bool {
        if self
            .watches
            .iter()
            .any(|watch| watch.object == id && !watch.ended)
        {
            return false;
        }
        let object = &self.objects[id as usize];
        object.strong == 1
            && object.weak == 0
            && object.list.iter().all(|&token| {
                let token = &self.tokens[token as usize];
                token.is_finalizer && token.handles == 0
            })
    }

    pub(crate) fn token(&mut self, object: u32, flags: u8, is_finalizer: bool) -> u32 {
        let number = self.tokens.len() as u32;
        self.tokens.push(Token {
            object,
            flags,
            is_finalizer,
            fired: false,
            dropped: false,
            claimed: false,
            handles: 0,
        });
        self.at(object).list.push(number);
        number
    }

    pub(crate) fn is_pending(&mut self, token: u32) -> bool {
        let object = self.token_at(token).object;
        self.at(object).list.contains(&token)
    }

    /// The finalizers of an object that are still to fire, newest first.
    pub(crate) fn finalizers(&mut self, id: u32) -> Vec<u32> {
        let list = self.objects[id as usize].list.iter().rev().copied();
        list.filter(|&token| self.tokens[token as usize].is_finalizer)
            .collect()
    }

    /// Takes a token out of its object's list, to be fired or dropped out of turn. Whether it was there.
    pub(crate) fn claim(&mut self, token: u32) -> bool {
        let object = self.token_at(token).object;
        let list = &mut self.at(object).list;
        let Some(at) = list.iter().position(|&listed| listed == token) else {
            return false;
        };
        list.remove(at);
        self.token_at(token).claimed = true;
        true
    }

    /// As [`Self::claim`], for a callback whose handle goes: nothing is taken from a dead object.
    pub(crate) fn cancel(&mut self, token: u32) -> bool {
        let object = self.token_at(token).object;
        self.is_alive(object) && self.claim(token)
    }

    pub(crate) fn handle_comes(&mut self, token: u32) {
        self.token_at(token).handles += 1;
    }

    pub(crate) fn handle_goes(&mut self, token: u32) {
        self.token_at(token).handles -= 1;
    }

    pub(crate) fn owner_is_alive(&mut self, token: u32) -> bool {
        let object = self.object_of(token);
        self.is_alive(object)
    }

    pub(crate) fn object_of(&mut self, token: u32) -> u32 {
        self.token_at(token).object
    }

    /// An action runs: once, and in its turn.
    pub(crate) fn fires(&mut self, number: u32) -> u8 {
        let token = self.token_at(number);
        assert!(!token.fired && !token.dropped, "fired twice");
        token.fired = true;
        let (flags, claimed, object) = (token.flags, token.claimed, token.object);
        if !claimed {
            let object = self.at(object);
            assert_eq!(object.state, State::Gone, "fires before the value is gone");
            assert_eq!(object.list.pop(), Some(number), "not the newest");
        }
        flags
    }

    pub(crate) fn drops(&mut self, number: u32) {
        let token = self.token_at(number);
        assert!(!token.dropped, "what an action owns is dropped twice");
        token.dropped = true;
        let may_go = token.fired || token.claimed;
        assert!(
            may_go,
            "an action is dropped that has neither run nor been taken out"
        );
    }

    pub(crate) fn is_dropped(&mut self, token: u32) -> bool {
        self.token_at(token).dropped
    }

    pub(crate) fn hold(&mut self, id: u32, held: Held) {
        self.at(id).held.push(held);
    }

    pub(crate) fn take_held_of(&mut self, id: u32) -> Vec<Held> {
        take(&mut self.at(id).held)
    }

    pub(crate) fn take_held(&mut self) -> Vec<Held> {
        self.objects
            .iter_mut()
            .flat_map(|object| take(&mut object.held))
            .collect()
    }

    pub(crate) fn watches(&mut self, object: u32, is_sync: bool, is_passive: bool) -> u32 {
        self.watches.push(Watch {
            object,
            is_sync,
            is_passive,
            ended: false,
            drained: false,
        });
        self.watches.len() as u32 - 1
    }

    pub(crate) fn watch_ends(&mut self, number: u32) {
        self.watches[number as usize].ended = true;
    }

    pub(crate) fn drained(&mut self, token: u64) {
        let watch = &self.watches[token as usize];
        assert!(
            !watch.ended && !watch.drained,
            "a notice of what was withdrawn, or a second one"
        );
        let state = self.objects[watch.object as usize].state;
        assert!(
            matches!(state, State::Dying | State::Gone),
            "a notice of what is alive"
        );
        self.watches[token as usize].drained = true;
    }

    fn stands(&self, watch: &Watch, is_sync: bool) -> bool {
        let state = self.objects[watch.object as usize].state;
        watch.is_passive
            && watch.is_sync == is_sync
            && !watch.ended
            && !watch.drained
            && matches!(state, State::Dying | State::Gone)
    }

    /// Deaths that a passive graveyard still owes.
    pub(crate) fn dead(&mut self, is_sync: bool) -> usize {
        self.watches
            .iter()
            .filter(|watch| self.stands(watch, is_sync))
            .count()
    }

    pub(crate) fn check_all_drained(&mut self, is_sync: bool) {
        assert_eq!(self.dead(is_sync), 0, "a notice is missing");
    }

    pub(crate) fn check_end(&mut self) {
        for object in &self.objects {
            assert_eq!(object.state, State::Gone, "an object is left");
            assert_eq!((object.strong, object.weak, object.bodies), (0, 0, 0));
            assert!(object.list.is_empty());
        }
        for token in &self.tokens {
            assert!(token.dropped, "what an action owns is leaked");
            assert_eq!(token.handles, 0);
        }
    }
}
