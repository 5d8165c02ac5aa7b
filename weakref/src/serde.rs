//! Handles serialized as the values of their objects, and new objects of what is read.

use serde_core::de::{Deserialize, Deserializer};
use serde_core::ser::{Serialize, Serializer};

use crate::ending::drop_first;
use crate::object::{LocalObject, Object};
use crate::referenceable::WeakReferenceable;
use crate::strong::Strong;
use crate::weak::WeakRef;

impl<T: ?Sized + WeakReferenceable + Serialize> Serialize for Strong<T> {
    /// Serializes the value. Two handles of one object are two values.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

/// There is no `Deserialize`: nobody would own the object. A field with `#[serde(skip_deserializing)]` refers to nothing.
impl<T: ?Sized + WeakReferenceable + Serialize> Serialize for WeakRef<T> {
    /// Serializes the value as an option: none if the object is dead.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.upgrade() {
            Some(value) => {
                let result = serializer.serialize_some(&*value);
                drop_first(value, result)
            }
            None => serializer.serialize_none(),
        }
    }
}

impl<'de, T: WeakReferenceable + Deserialize<'de> + 'static> Deserialize<'de> for Strong<T> {
    /// Deserializes a value into a new object, of which this is the only handle.
    #[cfg_attr(feature = "leak-trace", track_caller)]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::deserialize(deserializer)?;
        Ok(Self::new(value))
    }
}

macro_rules! objects {
    ($($object:ident)*) => {$(
        impl<T: ?Sized + Serialize> Serialize for $object<T> {
            /// Serializes the value itself.
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de, T: Deserialize<'de>> Deserialize<'de> for $object<T> {
            /// Deserializes the value itself.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                T::deserialize(deserializer).map(Self)
            }
        }

        impl<'de> Deserialize<'de> for Strong<$object<str>> {
            /// Deserializes a string into a new object.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Ok(Self::from(text.as_str()))
            }
        }

        impl<'de, T: Deserialize<'de> + 'static> Deserialize<'de> for Strong<$object<[T]>> {
            /// Deserializes a sequence into a new object.
            #[cfg_attr(feature = "leak-trace", track_caller)]
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Vec::deserialize(deserializer).map(Self::from)
            }
        }
    )*};
}
objects! { Object LocalObject }
