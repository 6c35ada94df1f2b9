//! The C interface of `HiGHS`, wrapped. This is the only unsafe code of the project.
//!
//! Each wrapper checks the lengths that its call relies on, passes slices to `HiGHS`, and returns
//! its status unchanged. No wrapper keeps a pointer to a slice, and `HiGHS` copies all its input.

use crate::{Interrupt, Sparse};
use highs_sys::{
    Highs_addCols, Highs_addRows, Highs_changeColsBoundsByRange, Highs_changeColsBoundsBySet,
    Highs_changeColsCostByRange, Highs_changeColsCostBySet, Highs_changeColsIntegralityBySet,
    Highs_changeObjectiveSense, Highs_changeRowsBoundsByRange, Highs_changeRowsBoundsBySet, Highs_clearIntegrality,
    Highs_clearModel, Highs_clearSolver, Highs_create, Highs_crossover, Highs_deleteColsByMask, Highs_deleteRowsByMask,
    Highs_destroy, Highs_getBasis, Highs_getDoubleInfoValue, Highs_getDualRay, Highs_getInt64InfoValue,
    Highs_getIntInfoValue, Highs_getModelStatus, Highs_getNumCol, Highs_getNumRow, Highs_getPrimalRay,
    Highs_getRowsByRange, Highs_getSolution, Highs_resetThreadScheduler, Highs_run, Highs_setBasis,
    Highs_setBoolOptionValue, Highs_setCallback, Highs_setDoubleOptionValue, Highs_setIntOptionValue,
    Highs_setStringOptionValue, Highs_startCallback, Highs_stopCallback, Highs_writeModel, Highs_zeroAllClocks,
    HighsCallbackDataIn, HighsCallbackDataOut, HighsInt, kHighsCallbackIpmInterrupt, kHighsCallbackLogging,
    kHighsCallbackMipInterrupt, kHighsCallbackSimplexInterrupt,
};
use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io::Write;
use std::ptr::{NonNull, null, null_mut};

thread_local! {
    /// Whether this thread's scheduler is known to be ours, with one thread.
    static SCHEDULED: Cell<bool> = const { Cell::new(false) };
}

/// The data that the callback sees. `HiGHS` holds its address.
#[derive(Default)]
struct Watch {
    interrupt: Option<Interrupt>,
}

/// An owned `HiGHS` object.
pub(crate) struct Raw {
    highs: NonNull<c_void>,
    /// Boxed, so that it stays at the address that `HiGHS` holds. It comes after `highs` only for
    /// the reader: `drop` destroys the object, and with it every use of the callback, before it
    /// drops any field.
    watch: Box<Watch>,
}

// SAFETY: a `HiGHS` object holds no thread-local state and no lock. A run needs the task executor
// of its thread. It looks that up in a thread-local when it starts
// (`Highs::initializeMultiThreading`) and does not keep it. With one thread, the executor starts no
// workers. Destroying an object (v1.16.0) frees its own memory and touches no executor. The watch
// holds an `Arc` of an atomic. So an object may move between threads while it is not in use, and
// `&mut self` ensures that it is not.
unsafe impl Send for Raw {}

/// Ends a solve when the flag is raised, and passes the log on to standard error. Never unwinds.
///
/// # Safety
/// `data` must be the address of a live [`Watch`], and `input` must be null or valid, as `HiGHS`
/// promises for the interrupt callbacks.
unsafe extern "C" fn on_callback(
    kind: c_int,
    message: *const c_char,
    _output: *const HighsCallbackDataOut,
    input: *mut HighsCallbackDataIn,
    data: *mut c_void,
) {
    if kind == kHighsCallbackLogging {
        // SAFETY: `HiGHS` passes a string that ends in a null byte.
        let text = unsafe { CStr::from_ptr(message) };
        // A closed standard error is no reason to stop a solve.
        let _ = std::io::stderr().write_all(text.to_bytes());
        return;
    }
    // SAFETY: the watch outlives the object that calls back, and it changes only between runs.
    let watch = unsafe { &*data.cast::<Watch>() };
    if !input.is_null() {
        // The value from an earlier call is still there, so this overwrites it in either case.
        let raised = watch.interrupt.as_ref().is_some_and(Interrupt::is_raised);
        // SAFETY: not null, and valid for this call.
        unsafe { (*input).user_interrupt = raised.into() };
    }
}

/// The length of a slice as a `HiGHS` integer.
fn count(len: usize) -> HighsInt {
    HighsInt::try_from(len).expect("no more rows, columns or entries than an i32 can count")
}

fn pointer<T>(slice: Option<&mut [T]>) -> *mut T {
    slice.map_or(null_mut(), <[T]>::as_mut_ptr)
}

impl Raw {
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: no precondition.
        let highs = NonNull::new(unsafe { Highs_create() })?;
        Some(Self { highs, watch: Box::default() })
    }

    fn ptr(&self) -> *mut c_void {
        self.highs.as_ptr()
    }

    pub(crate) fn columns(&self) -> usize {
        // SAFETY: the object is live.
        unsafe { Highs_getNumCol(self.ptr()) as usize }
    }

    pub(crate) fn rows(&self) -> usize {
        // SAFETY: the object is live.
        unsafe { Highs_getNumRow(self.ptr()) as usize }
    }

    pub(crate) fn set_bool(&mut self, option: &CStr, value: bool) -> i32 {
        // SAFETY: the object is live and the string ends in a null byte.
        unsafe { Highs_setBoolOptionValue(self.ptr(), option.as_ptr(), value.into()) }
    }

    pub(crate) fn set_int(&mut self, option: &CStr, value: i32) -> i32 {
        // SAFETY: the object is live and the string ends in a null byte.
        unsafe { Highs_setIntOptionValue(self.ptr(), option.as_ptr(), value) }
    }

    pub(crate) fn set_double(&mut self, option: &CStr, value: f64) -> i32 {
        // SAFETY: the object is live and the string ends in a null byte.
        unsafe { Highs_setDoubleOptionValue(self.ptr(), option.as_ptr(), value) }
    }

    pub(crate) fn set_string(&mut self, option: &CStr, value: &CStr) -> i32 {
        // SAFETY: the object is live and both strings end in a null byte.
        unsafe { Highs_setStringOptionValue(self.ptr(), option.as_ptr(), value.as_ptr()) }
    }

    /// Sets the flag that may end a run, and whether the log goes to standard error.
    pub(crate) fn watch(&mut self, interrupt: Option<Interrupt>, verbose: bool) -> i32 {
        let watched = interrupt.is_some();
        self.watch.interrupt = interrupt;
        let data: *mut Watch = &raw mut *self.watch;
        let kinds = [kHighsCallbackSimplexInterrupt, kHighsCallbackIpmInterrupt, kHighsCallbackMipInterrupt];
        // SAFETY: the object is live. The callback has the right type. Its data is boxed and lives
        // as long as the object.
        unsafe {
            let mut status = Highs_setCallback(self.ptr(), Some(on_callback), data.cast());
            for (kind, on) in kinds.into_iter().map(|kind| (kind, watched)).chain([(kHighsCallbackLogging, verbose)]) {
                let change = if on { Highs_startCallback } else { Highs_stopCallback };
                status = status.min(change(self.ptr(), kind));
            }
            status
        }
    }

    /// Forgets the model, but not the options.
    pub(crate) fn clear_model(&mut self) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_clearModel(self.ptr()) }
    }

    /// Forgets the basis and the solution.
    pub(crate) fn clear_solver(&mut self) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_clearSolver(self.ptr()) }
    }

    /// `1` to minimize, `-1` to maximize.
    pub(crate) fn set_sense(&mut self, sense: i32) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_changeObjectiveSense(self.ptr(), sense) }
    }

    pub(crate) fn add_columns(&mut self, costs: &[f64], lower: &[f64], upper: &[f64], entries: &Sparse) -> i32 {
        let n = costs.len();
        assert!(lower.len() == n && upper.len() == n && entries.len() == n);
        // SAFETY: the object is live. Costs, bounds and starts hold one number per column, and
        // `Sparse` keeps its starts within its indices and values. `HiGHS` checks the indices.
        unsafe {
            Highs_addCols(
                self.ptr(),
                count(n),
                costs.as_ptr(),
                lower.as_ptr(),
                upper.as_ptr(),
                count(entries.nonzeros()),
                entries.starts.as_ptr(),
                entries.indices.as_ptr(),
                entries.values.as_ptr(),
            )
        }
    }

    pub(crate) fn add_rows(&mut self, lower: &[f64], upper: &[f64], entries: &Sparse) -> i32 {
        let n = lower.len();
        assert!(upper.len() == n && entries.len() == n);
        // SAFETY: as for columns.
        unsafe {
            Highs_addRows(
                self.ptr(),
                count(n),
                lower.as_ptr(),
                upper.as_ptr(),
                count(entries.nonzeros()),
                entries.starts.as_ptr(),
                entries.indices.as_ptr(),
                entries.values.as_ptr(),
            )
        }
    }

    /// `mask[column]` is 1 to delete the column. Afterwards it holds the new index, or -1.
    pub(crate) fn delete_columns(&mut self, mask: &mut [i32]) -> i32 {
        assert_eq!(mask.len(), self.columns());
        // SAFETY: the object is live and the mask has one entry per column.
        unsafe { Highs_deleteColsByMask(self.ptr(), mask.as_mut_ptr()) }
    }

    /// `mask[row]` is 1 to delete the row. Afterwards it holds the new index, or -1.
    pub(crate) fn delete_rows(&mut self, mask: &mut [i32]) -> i32 {
        assert_eq!(mask.len(), self.rows());
        // SAFETY: the object is live and the mask has one entry per row.
        unsafe { Highs_deleteRowsByMask(self.ptr(), mask.as_mut_ptr()) }
    }

    pub(crate) fn change_costs(&mut self, set: &[i32], costs: &[f64]) -> i32 {
        assert_eq!(set.len(), costs.len());
        // SAFETY: the object is live. There is one cost per member of the set, and `HiGHS` checks
        // the members.
        unsafe { Highs_changeColsCostBySet(self.ptr(), count(set.len()), set.as_ptr(), costs.as_ptr()) }
    }

    pub(crate) fn change_all_costs(&mut self, costs: &[f64]) -> i32 {
        assert_eq!(costs.len(), self.columns());
        // SAFETY: the object is live; one cost per column.
        unsafe { Highs_changeColsCostByRange(self.ptr(), 0, count(costs.len()) - 1, costs.as_ptr()) }
    }

    pub(crate) fn change_column_bounds(&mut self, set: &[i32], lower: &[f64], upper: &[f64]) -> i32 {
        assert!(set.len() == lower.len() && set.len() == upper.len());
        // SAFETY: the object is live. There are two bounds per member of the set, and `HiGHS`
        // checks the members.
        unsafe {
            Highs_changeColsBoundsBySet(self.ptr(), count(set.len()), set.as_ptr(), lower.as_ptr(), upper.as_ptr())
        }
    }

    pub(crate) fn change_all_column_bounds(&mut self, lower: &[f64], upper: &[f64]) -> i32 {
        assert!(lower.len() == self.columns() && upper.len() == self.columns());
        // SAFETY: the object is live; two bounds per column.
        unsafe { Highs_changeColsBoundsByRange(self.ptr(), 0, count(lower.len()) - 1, lower.as_ptr(), upper.as_ptr()) }
    }

    pub(crate) fn change_row_bounds(&mut self, set: &[i32], lower: &[f64], upper: &[f64]) -> i32 {
        assert!(set.len() == lower.len() && set.len() == upper.len());
        // SAFETY: the object is live. There are two bounds per member of the set, and `HiGHS`
        // checks the members.
        unsafe {
            Highs_changeRowsBoundsBySet(self.ptr(), count(set.len()), set.as_ptr(), lower.as_ptr(), upper.as_ptr())
        }
    }

    pub(crate) fn change_all_row_bounds(&mut self, lower: &[f64], upper: &[f64]) -> i32 {
        assert!(lower.len() == self.rows() && upper.len() == self.rows());
        // SAFETY: the object is live; two bounds per row.
        unsafe { Highs_changeRowsBoundsByRange(self.ptr(), 0, count(lower.len()) - 1, lower.as_ptr(), upper.as_ptr()) }
    }

    /// The bounds of all rows.
    pub(crate) fn row_bounds(&self) -> (Vec<f64>, Vec<f64>) {
        let n = self.rows();
        let (mut lower, mut upper) = (vec![0.0; n], vec![0.0; n]);
        let (mut rows, mut nonzeros) = (0, 0);
        if n > 0 {
            // SAFETY: the object is live. Both vectors hold one number per row, and the null
            // pointers mean that the entries are not wanted.
            unsafe {
                Highs_getRowsByRange(
                    self.ptr(),
                    0,
                    count(n) - 1,
                    &raw mut rows,
                    lower.as_mut_ptr(),
                    upper.as_mut_ptr(),
                    &raw mut nonzeros,
                    null_mut(),
                    null_mut(),
                    null_mut(),
                );
            }
        }
        (lower, upper)
    }

    /// Makes columns integer (`1`) or continuous (`0`).
    pub(crate) fn change_integrality(&mut self, set: &[i32], kinds: &[i32]) -> i32 {
        assert_eq!(set.len(), kinds.len());
        // SAFETY: the object is live. There is one kind per member of the set, and `HiGHS` checks
        // the members.
        unsafe { Highs_changeColsIntegralityBySet(self.ptr(), count(set.len()), set.as_ptr(), kinds.as_ptr()) }
    }

    pub(crate) fn clear_integrality(&mut self) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_clearIntegrality(self.ptr()) }
    }

    pub(crate) fn zero_clocks(&mut self) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_zeroAllClocks(self.ptr()) }
    }

    pub(crate) fn run(&mut self) -> i32 {
        SCHEDULED.with(|scheduled| {
            if !scheduled.replace(true) {
                // Other code in this process may have left this thread a scheduler of several
                // threads. `HiGHS` then refuses to run on one thread. SAFETY: no run is in progress
                // on this thread, since the callback starts none.
                unsafe { Highs_resetThreadScheduler(0) };
            }
        });
        // SAFETY: the object is live.
        unsafe { Highs_run(self.ptr()) }
    }

    pub(crate) fn model_status(&self) -> i32 {
        // SAFETY: the object is live.
        unsafe { Highs_getModelStatus(self.ptr()) }
    }

    pub(crate) fn int_info(&self, name: &CStr) -> Option<i32> {
        let mut value = 0;
        // SAFETY: the object is live, the string ends in a null byte, and the pointer is to a local
        // variable.
        (unsafe { Highs_getIntInfoValue(self.ptr(), name.as_ptr(), &raw mut value) } == 0).then_some(value)
    }

    pub(crate) fn long_info(&self, name: &CStr) -> Option<i64> {
        let mut value = 0;
        // SAFETY: as above.
        (unsafe { Highs_getInt64InfoValue(self.ptr(), name.as_ptr(), &raw mut value) } == 0).then_some(value)
    }

    pub(crate) fn double_info(&self, name: &CStr) -> Option<f64> {
        let mut value = 0.0;
        // SAFETY: as above.
        (unsafe { Highs_getDoubleInfoValue(self.ptr(), name.as_ptr(), &raw mut value) } == 0).then_some(value)
    }

    /// Reads the requested ones of: values and reduced costs of columns, activities and duals of
    /// rows. Call this only between a run and the next change, when the sizes are the model's.
    pub(crate) fn solution(
        &self,
        value: Option<&mut [f64]>,
        reduced: Option<&mut [f64]>,
        activity: Option<&mut [f64]>,
        dual: Option<&mut [f64]>,
    ) -> i32 {
        let (columns, rows) = (self.columns(), self.rows());
        let fits = |slice: &Option<&mut [f64]>, size: usize| slice.as_ref().is_none_or(|slice| slice.len() == size);
        assert!(fits(&value, columns) && fits(&reduced, columns) && fits(&activity, rows) && fits(&dual, rows));
        // SAFETY: the object is live, null is allowed, and each slice has the size of what is
        // written to it.
        unsafe { Highs_getSolution(self.ptr(), pointer(value), pointer(reduced), pointer(activity), pointer(dual)) }
    }

    pub(crate) fn basis(&self, columns: &mut [i32], rows: &mut [i32]) -> i32 {
        assert!(columns.len() == self.columns() && rows.len() == self.rows());
        // SAFETY: the object is live. A valid basis has these sizes, and `HiGHS` writes nothing for
        // an invalid one.
        unsafe { Highs_getBasis(self.ptr(), columns.as_mut_ptr(), rows.as_mut_ptr()) }
    }

    pub(crate) fn set_basis(&mut self, columns: &[i32], rows: &[i32]) -> i32 {
        assert!(columns.len() == self.columns() && rows.len() == self.rows());
        // SAFETY: the object is live; one status per column and row.
        unsafe { Highs_setBasis(self.ptr(), columns.as_ptr(), rows.as_ptr()) }
    }

    pub(crate) fn crossover(&mut self, value: &[f64], duals: Option<(&[f64], &[f64])>) -> i32 {
        let (columns, rows) = (self.columns(), self.rows());
        assert!(value.len() == columns && duals.is_none_or(|(d, y)| d.len() == columns && y.len() == rows));
        let (reduced, dual) = duals.map_or((null(), null()), |(d, y)| (d.as_ptr(), y.as_ptr()));
        // SAFETY: the object is live. The sizes are the model's. The duals may be null together.
        unsafe { Highs_crossover(self.ptr(), count(columns), count(rows), value.as_ptr(), reduced, dual) }
    }

    /// Reads a ray that proves infeasibility, one number per row. Returns whether there is one.
    pub(crate) fn dual_ray(&self, ray: &mut [f64]) -> bool {
        assert_eq!(ray.len(), self.rows());
        let mut has = 0;
        // SAFETY: the object is live; one number per row.
        unsafe { Highs_getDualRay(self.ptr(), &raw mut has, ray.as_mut_ptr()) >= 0 && has != 0 }
    }

    /// Reads a ray that proves unboundedness, one number per column. Returns whether there is one.
    pub(crate) fn primal_ray(&self, ray: &mut [f64]) -> bool {
        assert_eq!(ray.len(), self.columns());
        let mut has = 0;
        // SAFETY: the object is live; one number per column.
        unsafe { Highs_getPrimalRay(self.ptr(), &raw mut has, ray.as_mut_ptr()) >= 0 && has != 0 }
    }

    pub(crate) fn write(&self, path: &CStr) -> i32 {
        // SAFETY: the object is live and the string ends in a null byte.
        unsafe { Highs_writeModel(self.ptr(), path.as_ptr()) }
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        // SAFETY: `Highs_create` created the object, and it is destroyed once.
        unsafe { Highs_destroy(self.ptr()) };
    }
}
