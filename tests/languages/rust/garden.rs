//! A garden: every kind of Rust item.
#![allow(dead_code)]

use std::collections::HashMap;
use std::{fmt, io::{self, Read as _, Write as Output}, sync::Arc};
use crate::plants::*;
use super::soil as earth;
use serde;
extern crate alloc as memory;

mod plants;

/// How many beds there are.
pub const BEDS: usize = 3;
static mut COUNT: u32 = 0;

/// What grows.
///
/// More about it.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(Serialize))]
pub struct Plant<'a, T: Grow + 'a> {
    /// Its name.
    pub name: &'a str,
    #[serde(skip)]
    height: Option<T>,
}

struct Point(f64, pub f64);
struct Unit;

/// Two ways to look at bits.
#[repr(C)]
union Bits {
    whole: u32,
    parts: [u8; 4],
}

#[derive(Default)]
pub enum Season {
    /// Things begin.
    #[default]
    Spring,
    Summer(u8, Plant<'static, u8>),
    Winter { cold: bool },
    Autumn = 9,
}

pub type Beds<T> = Vec<Box<dyn Grow<Seed = T>>>;

/// Whatever grows.
pub unsafe trait Grow: fmt::Debug + Send {
    type Seed: Clone;
    const SPEED: u32 = 1;

    /// Grows a bit.
    fn grow(&mut self, days: u32) -> Result<(), Self::Seed>
    where
        Self: Sized;

    fn rest(&self) {
        self.sleep::<u8>();
    }
}

impl<'a, T> Plant<'a, T>
where
    T: Grow,
{
    /// Its most.
    const MAX: usize = BEDS * 2;

    /// A new one.
    #[inline]
    // plain words between
    #[must_use]
    pub async fn new(name: &'a str) -> Self {
        fn nested(x: u8) -> u8 {
            x
        }
        let grown = Vec::<u8>::with_capacity(nested(1) as usize);
        Self { name, height: Option::<T>::None }
    }
}

unsafe impl<'a> Grow for &'a mut Plant<'a, u8> {
    type Seed = u8;

    fn grow(&mut self, days: u32) -> Result<(), u8> {
        println!("{} {}", self.name, helper(days));
        self.parts.iter().map(Self::water).map(helper).for_each(drop);
        Err(earth::dig(days)?)
    }
}

impl fmt::Display for plants::Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(b"x").unwrap())
    }
}

impl<T> Grow for [T] {
    fn rest(&self) {}
}

/// Makes a bed.
#[macro_export]
macro_rules! bed {
    ($name:ident) => {
        let $name = 1;
    };
}

extern "C" {
    /// From C.
    pub fn c_dig(depth: i32, ...) -> i32;
    static c_depth: i32;
}

pub(crate) mod größe {
    use super::*;

    pub fn measure<const N: usize>(all: [u8; N]) -> usize {
        bed!(x);
        vec![helper(1)].len() + N
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn it_grows() {
            assert_eq!(super::measure([0; 2]), 2);
        }
    }
}

fn helper(days: u32) -> u32 {
    match Season::default() {
        Season::Spring => days,
        Season::Winter { .. } => BEDS as u32,
        _ => unsafe { COUNT },
    }
}
