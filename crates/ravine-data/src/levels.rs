//! Texts as codes, while a column is read.

use std::collections::HashMap;

use crate::Column;

/// The distinct texts of a column, each with the code of its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Levels {
    places: HashMap<Vec<u8>, u32>,
    texts: Vec<String>,
}

impl Levels {
    /// The code of a cell. Rows that are sorted repeat the code of the row `before`; `text` reads a cell that is
    /// new.
    pub fn code<'c>(
        &mut self,
        cell: &'c [u8],
        before: Option<u32>,
        text: impl FnOnce(&'c [u8]) -> Result<&'c str, String>,
    ) -> Result<u32, String> {
        let same =
            |&code: &u32| self.texts.get(code as usize).is_some_and(|t| t.as_bytes() == cell);
        if let Some(code) = before.filter(same) {
            return Ok(code);
        }
        match self.places.get(cell) {
            Some(&code) => Ok(code),
            None => self.add(text(cell)?.to_owned()),
        }
    }

    /// The code of a text.
    pub fn code_of(&mut self, text: String) -> Result<u32, String> {
        match self.places.get(text.as_bytes()) {
            Some(&code) => Ok(code),
            None => self.add(text),
        }
    }

    fn add(&mut self, text: String) -> Result<u32, String> {
        let code = u32::try_from(self.texts.len())
            .ok()
            .filter(|&code| code != Column::MISSING)
            .ok_or("has too many distinct texts")?;
        self.places.insert(text.clone().into_bytes(), code);
        self.texts.push(text);
        Ok(code)
    }

    /// In the order in which they came.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// [`texts`](Self::texts) for good.
    pub fn into_texts(self) -> Vec<String> {
        self.texts
    }
}
