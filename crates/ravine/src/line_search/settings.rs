//! Line searches by name, with or without settings.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::{Backtracking, Exact, Fixed, HagerZhang, LineSearch, MoreThuente};

const NAMES: &[&str] = &["backtracking", "more_thuente", "hager_zhang", "exact", "fixed"];

/// From `"more_thuente"` (its defaults) or `{"more_thuente": {"slope": 0.1}}`.
impl<'de> Deserialize<'de> for LineSearch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrMap)
    }
}

struct NameOrMap;

impl<'de> Visitor<'de> for NameOrMap {
    type Value = LineSearch;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of a line search ({}) or one name with settings", NAMES.join(", "))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<LineSearch, E> {
        Ok(match name {
            "backtracking" => LineSearch::Backtracking(Backtracking::default()),
            "more_thuente" => LineSearch::MoreThuente(MoreThuente::default()),
            "hager_zhang" => LineSearch::HagerZhang(HagerZhang::default()),
            "exact" => LineSearch::Exact(Exact::default()),
            "fixed" => LineSearch::Fixed(Fixed::default()),
            _ => return Err(E::unknown_variant(name, NAMES)),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LineSearch, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let search = match name.as_str() {
            "backtracking" => LineSearch::Backtracking(map.next_value()?),
            "more_thuente" => LineSearch::MoreThuente(map.next_value()?),
            "hager_zhang" => LineSearch::HagerZhang(map.next_value()?),
            "exact" => LineSearch::Exact(map.next_value()?),
            "fixed" => LineSearch::Fixed(map.next_value()?),
            _ => return Err(A::Error::unknown_variant(&name, NAMES)),
        };
        match map.next_key::<String>()? {
            None => Ok(search),
            Some(_) => Err(A::Error::invalid_length(2, &self)),
        }
    }
}
