//! The macro that declares the types of replies.

/// A reply's type: what it needs first, then what it may lack. All fields but the first group
/// are read leniently, and what cannot be read is kept in `unreadable`. `as` gives a
/// field's name on the wire where it is not the camelCase one, `=>` a second one.
macro_rules! reply {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( @required { $( $(#[$id_meta:meta])* $id:ident: $id_type:ty, )* } )?
            $( $(#[$field_meta:meta])* $field:ident: $type:ty $(as $wire:literal)? $(=> $other:ident)?, )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $( $( $(#[$id_meta])* pub $id: $id_type, )* )?
            $(
                $(#[$field_meta])*
                $(#[serde(rename = $wire)])?
                #[serde(skip_serializing_if = "crate::models::lenient::is_absent")]
                pub $field: $type,
            )*
            /// The fields that came in an unknown form, as they came.
            #[serde(flatten)]
            pub unreadable: $crate::models::Unreadable,
        }

        const _: () = {
            use $crate::models::lenient::{ReplyField, ReplyObject, ObjectVisitor, Readable, Lenient};

            #[derive(serde::Deserialize)]
            #[serde(rename_all = "camelCase")]
            struct Wire {
                $( $( $(#[$id_meta])* $id: $id_type, )* )?
                $(
                    $(#[$field_meta])*
                    $(#[serde(rename = $wire)])?
                    #[serde(default)]
                    $field: Lenient<<$type as ReplyField>::Item>,
                    $(
                        #[serde(default)]
                        $other: Lenient<<$type as ReplyField>::Item>,
                    )?
                )*
            }

            impl<'de> serde::Deserialize<'de> for $name {
                fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    let wire = Wire::deserialize(d)?;
                    let mut unreadable = $crate::models::Unreadable::default();
                    Ok(Self {
                        $( $( $id: wire.$id, )* )?
                        $(
                            $field: <$type as ReplyField>::from_lenient(
                                wire.$field $(.or(wire.$other))?,
                                $crate::models::reply::wire_name!($field $($wire)?),
                                &mut unreadable,
                            ),
                        )*
                        unreadable,
                    })
                }
            }

            impl Readable for $name {
                fn read<'de, D: serde::Deserializer<'de>>(d: D) -> Result<Lenient<Self>, D::Error> {
                    d.deserialize_any(ObjectVisitor::new())
                }
            }

            impl ReplyObject for $name {
                fn is_blank(&self) -> bool {
                    $( $( let _ = &self.$id; return false; )* )?
                    #[allow(unreachable_code, reason = "an object with an id is never blank")]
                    {
                        $( self.$field.is_absent() && )* self.unreadable.is_empty()
                    }
                }
            }
        };
    };
}

/// The name on the wire, or what [`Unreadable::keep`](super::Unreadable) makes it from.
macro_rules! wire_name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $wire:literal) => {
        $wire
    };
}

pub(crate) use {reply, wire_name};
