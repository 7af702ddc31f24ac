//! Regions, and the four hosts of each.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// The region of a tenant. It sets the four hosts that a client uses.
///
/// Each host can be set by itself, too: `cloudworks_url`, `auth_url`, `api_url` and `oauth_url` of
/// the builder win over the region. Reference: the vendor's list of hosts to allow, May 2026.
///
/// ```
/// use anaplan_sdk::Region;
///
/// let region: Region = "ca1".parse()?;
/// assert_eq!(region.cloudworks_url(), "https://ca1a.api.anaplan.com/cloudworks/2/0");
/// # Ok::<(), anaplan_sdk::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[expect(
    missing_docs,
    reason = "each variant is the vendor's name for a region, and no more"
)]
pub enum Region {
    #[default]
    Us1,
    Us2,
    Us5,
    Us7,
    Us9,
    Eu1,
    Eu2,
    Eu3,
    Eu4,
    Eu5,
    Gb1,
    Ap1,
    Sg1,
    Ae1,
    In1,
    Id1,
    Me1,
    Ca1,
    Au1,
}

/// Auth, API, CloudWorks, OAuth.
struct Hosts(&'static str, &'static str, &'static str, &'static str);

impl Region {
    /// Every region, by the vendor's name.
    pub const ALL: [(&'static str, Self); 19] = [
        ("us1", Self::Us1),
        ("us2", Self::Us2),
        ("us5", Self::Us5),
        ("us7", Self::Us7),
        ("us9", Self::Us9),
        ("eu1", Self::Eu1),
        ("eu2", Self::Eu2),
        ("eu3", Self::Eu3),
        ("eu4", Self::Eu4),
        ("eu5", Self::Eu5),
        ("gb1", Self::Gb1),
        ("ap1", Self::Ap1),
        ("sg1", Self::Sg1),
        ("ae1", Self::Ae1),
        ("in1", Self::In1),
        ("id1", Self::Id1),
        ("me1", Self::Me1),
        ("ca1", Self::Ca1),
        ("au1", Self::Au1),
    ];

    const fn hosts(self) -> Hosts {
        match self {
            Self::Us1
            | Self::Us2
            | Self::Us5
            | Self::Us7
            | Self::Eu1
            | Self::Eu2
            | Self::Eu4
            | Self::Ap1 => Hosts(
                "https://auth.anaplan.com",
                "https://api.anaplan.com/2/0",
                "https://api.cloudworks.anaplan.com/2/0",
                "https://us1a.app.anaplan.com",
            ),
            Self::Us9
            | Self::Eu3
            | Self::Eu5
            | Self::Gb1
            | Self::Sg1
            | Self::Ae1
            | Self::In1
            | Self::Id1
            | Self::Me1 => Hosts(
                "https://r.auth.anaplan.com",
                "https://r.api.anaplan.com/2/0",
                "https://r.api.anaplan.com/cloudworks/2/0",
                "https://r.app.anaplan.com",
            ),
            Self::Ca1 => Hosts(
                "https://ca1a.auth.anaplan.com",
                "https://ca1a.api.anaplan.com/2/0",
                "https://ca1a.api.anaplan.com/cloudworks/2/0",
                "https://ca1a.app.anaplan.com",
            ),
            Self::Au1 => Hosts(
                "https://au1a.app2.anaplan.com",
                "https://api.au1a.app2.anaplan.com/2/0",
                "https://api.cloudworks.au1a.app2.anaplan.com/2/0",
                "https://au1a.app2.anaplan.com",
            ),
        }
    }

    /// The token service.
    pub const fn auth_url(self) -> &'static str {
        self.hosts().0
    }

    /// The Integration API, which says who one is.
    pub const fn api_url(self) -> &'static str {
        self.hosts().1
    }

    /// CloudWorks.
    pub const fn cloudworks_url(self) -> &'static str {
        self.hosts().2
    }

    /// The OAuth service.
    pub const fn oauth_url(self) -> &'static str {
        self.hosts().3
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.iter().find(|(_, region)| region == self);
        f.write_str(name.map_or("?", |(name, _)| name))
    }
}

impl FromStr for Region {
    type Err = Error;

    /// Reads the vendor's name, such as `us1` or `EU3`; also as it stands in the browser's address,
    /// where a letter follows (`us1a`), and the whole of that address
    /// (`https://us1a.app.anaplan.com/…`). Its `r` is common to nine regions, and says none.
    fn from_str(text: &str) -> Result<Self, Error> {
        let written = text.trim().to_ascii_lowercase();
        let host = written
            .split_once("://")
            .map_or(&*written, |(_, rest)| rest);
        let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
        let named = match host.split_once('.') {
            Some((first, rest)) if rest == "anaplan.com" || rest.ends_with(".anaplan.com") => first,
            Some(_) => "",
            None => host,
        };
        let found = Self::ALL.iter().find(|(name, _)| {
            // The letter is of the data centre's instance.
            let rest = named.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || matches!(rest.as_bytes(), [b'a'..=b'z']))
        });
        found.map(|(_, region)| *region).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|(name, _)| *name).collect();
            Error::config(format!(
                "`{text}` is not a region: expected one of {}, or the beginning of the address that \
                 the browser shows (`us1a`)",
                names.join(", ")
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_as_the_browser_shows_them() {
        for (text, region) in [
            ("us1", Region::Us1),
            (" EU3 ", Region::Eu3),
            ("us1a", Region::Us1),
            ("US9A", Region::Us9),
            ("au1a", Region::Au1),
            ("ca1a", Region::Ca1),
            ("gb1b", Region::Gb1),
            ("us1a.app.anaplan.com", Region::Us1),
            ("https://eu4a.app.anaplan.com/a/x?y=1", Region::Eu4),
            ("https://au1a.app2.anaplan.com", Region::Au1),
        ] {
            assert_eq!(text.parse::<Region>().unwrap(), region, "{text}");
        }
        for text in [
            "",
            "mars1",
            "us1aa",
            "us11",
            "r",
            "us1a.example.com",
            "usa",
            "us1-",
        ] {
            let error = text.parse::<Region>().unwrap_err().to_string();
            assert!(error.contains("us1, us2"), "{text}: {error}");
        }
        for (name, region) in Region::ALL {
            assert_eq!(format!("{name}a").parse::<Region>().unwrap(), region);
        }
    }
}
