//! The macro that declares the types of replies.

/// A reply's type: what it needs first, then what it may lack. All fields but the first group
/// are read leniently, and what cannot be read, or is not known, is kept in `other_fields`. `as`
/// gives a field's name on the wire where it is not the camelCase one, `=>` a second one, and `=`
/// a type that reads it in its own way.
macro_rules! reply {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $( @required { $(
                $(#[$id_meta:meta])*
                $id:ident: $id_type:ty $(as $id_wire:literal)? $(=> $id_other:tt)?,
            )* } )?
            $(
                $(#[$field_meta:meta])*
                $field:ident: $type:ty $(as $wire:literal)? $(=> $other:tt)? $(= $reader:ident)?,
            )*
        }
    ) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "camelCase")]
        #[non_exhaustive]
        pub struct $name {
            $( $(
                $(#[$id_meta])*
                $(#[serde(rename = $id_wire)])?
                pub $id: $id_type,
            )* )?
            $(
                $(#[$field_meta])*
                $(#[serde(rename = $wire)])?
                #[serde(skip_serializing_if = "crate::models::lenient::is_absent")]
                pub $field: $type,
            )*
            /// The fields that are not known, or came in an unknown form, as they came.
            #[serde(flatten)]
            pub other_fields: $crate::models::OtherFields,
        }

        const _: () = {
            use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};
            use $crate::models::OtherFields;
            use $crate::models::lenient::{Lenient, ObjectVisitor, Readable, ReplyField, ReplyObject};
            use $crate::models::reply_macro::{next_value, wire_name};

            /// The names on the wire.
            struct Names;

            #[allow(non_upper_case_globals, reason = "they are called as the fields are")]
            impl Names {
                $( $( const $id: &str = wire_name!($id $($id_wire)?); )* )?
                $( const $field: &str = wire_name!($field $($wire)?); )*
            }

            #[allow(non_camel_case_types, reason = "they are called as the fields are")]
            enum Key {
                $( $( $id, )* )?
                $( $field, )*
                Other,
            }

            /// Reads a key, and writes it down only where it is not known.
            struct KeySeed<'n>(&'n mut String);

            impl<'de> DeserializeSeed<'de> for KeySeed<'_> {
                type Value = Key;

                fn deserialize<D: Deserializer<'de>>(self, d: D) -> Result<Key, D::Error> {
                    d.deserialize_identifier(self)
                }
            }

            impl Visitor<'_> for KeySeed<'_> {
                type Value = Key;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("the name of a field")
                }

                fn visit_str<E>(self, name: &str) -> Result<Key, E> {
                    Ok(match name {
                        $( $( Names::$id => Key::$id, )* )?
                        $( Names::$field => Key::$field, )*
                        $( $( $( name if name == wire_name!($id_other) => Key::$id, )? )* )?
                        $( $( name if name == wire_name!($other) => Key::$field, )? )*
                        _ => {
                            self.0.push_str(name);
                            Key::Other
                        }
                    })
                }
            }

            struct ReplyVisitor;

            impl<'de> Visitor<'de> for ReplyVisitor {
                type Value = $name;

                fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                    f.write_str("an object")
                }

                fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<$name, A::Error> {
                    let mut other_fields = OtherFields::default();
                    $( $( let mut $id: Option<$id_type> = None; )* )?
                    $( let mut $field: Option<<$type as ReplyField>::Item> = None; )*
                    let mut name = String::new();
                    while let Some(key) = map.next_key_seed(KeySeed(&mut name))? {
                        match key {
                            $( $( Key::$id => {
                                let value: Option<$id_type> = map.next_value()?;
                                $id = $id.or(value);
                            } )* )?
                            $( Key::$field => {
                                let value: Lenient<<$type as ReplyField>::Item> =
                                    next_value!(map $($reader)?);
                                value.put(&mut $field, Names::$field, &mut other_fields);
                            } )*
                            Key::Other => {
                                other_fields.keep(std::mem::take(&mut name), map.next_value()?);
                            }
                        }
                    }
                    Ok($name {
                        $( $( $id: $id.ok_or_else(|| <A::Error as serde::de::Error>::missing_field(Names::$id))?, )* )?
                        $( $field: ReplyField::from_read($field), )*
                        other_fields,
                    })
                }
            }

            impl<'de> Deserialize<'de> for $name {
                fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                    d.deserialize_map(ReplyVisitor)
                }
            }

            impl Readable for $name {
                fn read<'de, D: Deserializer<'de>>(d: D) -> Result<Lenient<Self>, D::Error> {
                    d.deserialize_any(ObjectVisitor::new())
                }
            }

            impl ReplyObject for $name {
                fn is_blank(&self) -> bool {
                    $( $( let _ = &self.$id; return false; )* )?
                    #[allow(unreachable_code, reason = "an object with an id is never blank")]
                    {
                        $( self.$field.is_absent() && )* self.other_fields.is_blank()
                    }
                }
            }
        };
    };
}

/// The value of a field, read by its type, or by the reader that is named.
macro_rules! next_value {
    ($map:ident) => {
        $map.next_value()?
    };
    ($map:ident $reader:ident) => {
        $map.next_value::<$crate::models::lenient::$reader>()?.0
    };
}

/// A field's name on the wire: `endDate` for `end_date`, unless it is given.
macro_rules! wire_name {
    ($wire:literal) => {
        $wire
    };
    ($field:ident $wire:literal) => {
        $wire
    };
    ($field:ident) => {{
        use $crate::models::reply_macro::{camel_case, camel_length};
        const SNAKE: &str = stringify!($field);
        const CAMEL: [u8; camel_length(SNAKE)] = camel_case(SNAKE);
        const NAME: &str = match std::str::from_utf8(&CAMEL) {
            Ok(name) => name,
            Err(_) => panic!("a field's name is ASCII"),
        };
        NAME
    }};
}

pub(crate) const fn camel_length(snake: &str) -> usize {
    let (mut length, mut i) = (0, 0);
    while i < snake.len() {
        if snake.as_bytes()[i] != b'_' {
            length += 1;
        }
        i += 1;
    }
    length
}

/// What serde's `rename_all = "camelCase"` does, at compile time.
pub(crate) const fn camel_case<const LENGTH: usize>(snake: &str) -> [u8; LENGTH] {
    let mut camel = [0; LENGTH];
    let (mut length, mut i) = (0, 0);
    while i < snake.len() {
        let byte = snake.as_bytes()[i];
        if byte != b'_' {
            let begins_a_word = i > 0 && snake.as_bytes()[i - 1] == b'_';
            camel[length] = if begins_a_word {
                byte.to_ascii_uppercase()
            } else {
                byte
            };
            length += 1;
        }
        i += 1;
    }
    camel
}

pub(crate) use {next_value, reply, wire_name};
