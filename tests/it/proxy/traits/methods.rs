//! The extension trait of a type's own methods.

use super::*;

#[derive(WeakReferenceable)]
#[weakref(local)]
struct Image<T: 'static, const N: usize>
where
    T: Copy,
{
    pixels: RefCell<[T; N]>,
    reads: Cell<u32>,
}

/// The extension trait of a type's own methods.
#[weakref::proxy(pub(crate) trait ImageProxy)]
impl<T: Copy + PartialEq, const N: usize> Image<T, N>
where
    T: Debug,
{
    const EMPTY: bool = N == 0;

    /// A constructor is not about an object.
    pub(crate) fn new(pixel: T) -> Strong<Self> {
        Strong::new(Self {
            pixels: RefCell::new([pixel; N]),
            reads: Cell::new(0),
        })
    }

    /// The documentation goes along.
    pub(crate) const fn len(&self) -> usize {
        N
    }

    pub(crate) fn pixel(&self, index: usize) -> T {
        self.count();
        self.pixels.borrow()[index]
    }

    pub(crate) fn set(&self, index: usize, pixel: T) {
        self.pixels.borrow_mut()[index] = pixel;
    }

    pub(crate) fn map<U>(self: &Self, f: impl Fn(T) -> U) -> Vec<U> {
        self.pixels.borrow().iter().map(|pixel| f(*pixel)).collect()
    }

    pub(crate) fn copied(&self) -> Self {
        Self {
            pixels: self.pixels.clone(),
            reads: Cell::new(0),
        }
    }

    pub(crate) fn equals(&self, other: &Self) -> bool {
        self.pixels == other.pixels
    }

    pub(crate) async fn load(&self) -> usize {
        std::future::ready(N).await
    }

    pub(crate) fn load_later(&self) -> impl Future<Output = usize> + 'static + use<T, N> {
        std::future::ready(N)
    }

    /// # Safety
    ///
    /// 1. `index < N`.
    #[proxy(skip)]
    pub(crate) unsafe fn unchecked(&self, index: usize) -> T {
        self.pixels.borrow()[index]
    }

    #[proxy(skip)]
    pub(crate) fn reset(&mut self) {
        self.reads.set(0);
    }

    #[cfg(any())]
    pub(crate) fn absent(&self) -> Missing {}

    fn count(&self) {
        self.reads.set(self.reads.get() + 1);
    }
}

#[test]
fn the_extension_trait_returns_the_error() {
    let mut image = Image::<u8, 2>::new(3);
    Strong::get_mut(&mut image).unwrap().reset();
    let proxy = Proxy::new(&image);
    assert_eq!(proxy.len(), Ok(2));
    assert_eq!(proxy.set(1, 4), Ok(()));
    assert_eq!(proxy.pixel(1), Ok(4));
    assert_eq!(image.reads.get(), 1);
    assert_eq!(proxy.map(|pixel| u32::from(pixel) + 1), Ok(vec![4, 5]));
    let copy = proxy.copied().unwrap();
    assert_eq!(proxy.equals(&copy), Ok(true));
    assert_eq!(ready(proxy.load()), Ok(2));
    assert_eq!(ready(proxy.load_later()), Ok(2));
    // SAFETY: 1 is less than 2.
    assert_eq!(unsafe { image.unchecked(1) }, 4);
    const { assert!(!Image::<u8, 2>::EMPTY) };

    drop(image);
    assert_eq!(proxy.len(), Err(ReferenceError));
    assert_eq!(proxy.set(1, 4), Err(ReferenceError));
    assert_eq!(proxy.map(|_| ()), Err(ReferenceError));
    assert!(matches!(proxy.copied(), Err(ReferenceError { .. })));
    assert_eq!(proxy.equals(&copy), Err(ReferenceError));
    assert_eq!(ready(proxy.load()), Err(ReferenceError));
    assert_eq!(ready(proxy.load_later()), Err(ReferenceError));
}
