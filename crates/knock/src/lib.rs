//! knock
