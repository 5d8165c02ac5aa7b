//! How much of the stack is used. Not by the address of a local: a sanitizer may put locals elsewhere.

/// The current end of the stack, as closely as the target can tell.
#[inline(always)]
pub(crate) fn pointer() -> usize {
    #[cfg(all(
        any(target_arch = "x86_64", target_arch = "x86", target_arch = "aarch64"),
        not(miri)
    ))]
    {
        let pointer: usize;
        // SAFETY: it reads a register.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::asm!("mov {}, rsp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        }
        // SAFETY: it reads a register.
        #[cfg(target_arch = "x86")]
        unsafe {
            core::arch::asm!("mov {}, esp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        }
        // SAFETY: it reads a register.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!("mov {}, sp", out(reg) pointer, options(nomem, nostack, preserves_flags));
        }
        pointer
    }
    // Miri gives each local a place among all that was ever allocated.
    #[cfg(miri)]
    {
        0
    }
    #[cfg(not(any(
        target_arch = "x86_64",
        target_arch = "x86",
        target_arch = "aarch64",
        miri
    )))]
    {
        let local = 0_u8;
        (&raw const local).addr()
    }
}
