"""The solvers: each takes a program in arrays, on one thread, and returns its optimum or none.

A solver runs in a process of its own. The measured time is the processor time from the arrays to
the optimum: other programs on the machine affect it less than they affect the wall clock."""

import gc
import math
import multiprocessing
import resource
import signal
import time
import warnings
from dataclasses import dataclass

import numpy as np

# The address space of a peer, in bytes.
MOST_MEMORY = 12 << 30
# Short programs are solved repeatedly for this many seconds, and the mean counts. Some systems
# report the time of a single run only in ticks of milliseconds.
TOGETHER = 0.4
# The relative gap that Suasion proves. With the peers' default of 1e-4, values could not be
# compared.
GAP = 1e-7
INTEGRAL = 1e-9


class Refused(Exception):
    """Why a peer refuses a program, in a word."""


@dataclass
class Answer:
    """The result of a peer on a program: its seconds and optimum, or the reason why there is
    none."""

    seconds: float
    value: float | None
    note: str = ""


class Highs:
    def __init__(self, solver):
        import highspy

        self.highspy, self.solver = highspy, solver

    def prepare(self, program):
        if self.solver == "hipo":
            highs = self.highspy.Highs()
            highs.setOptionValue("output_flag", False)
            if highs.setOptionValue("solver", "hipo") != self.highspy.HighsStatus.kOk:
                raise Refused("not in this build")
        return program

    def solve(self, program):
        infinity = self.highspy.kHighsInf
        count = len(program.objective)
        lp = self.highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, len(program.right)
        lp.sense_ = self.highspy.ObjSense.kMaximize
        lp.col_cost_ = program.objective
        lower, upper = np.zeros(count), np.full(count, infinity)
        lower[program.free], upper[program.binary] = -infinity, 1.0
        lp.col_lower_, lp.col_upper_ = lower, upper
        lp.row_lower_ = program.right
        lp.row_upper_ = np.where(program.equal, program.right, infinity)
        lp.a_matrix_.format_ = self.highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_ = program.rows.indptr
        lp.a_matrix_.index_ = program.rows.indices
        lp.a_matrix_.value_ = program.rows.data
        if len(program.binary):
            kinds = np.full(count, self.highspy.HighsVarType.kContinuous)
            kinds[program.binary] = self.highspy.HighsVarType.kInteger
            lp.integrality_ = list(kinds)
        highs = self.highspy.Highs()
        options = {"output_flag": False, "threads": 1, "parallel": "off", "solver": self.solver}
        if len(program.binary):
            options |= {"mip_rel_gap": GAP, "mip_feasibility_tolerance": INTEGRAL}
        for name, value in options.items():
            highs.setOptionValue(name, value)
        highs.passModel(lp)
        highs.run()
        if highs.getModelStatus() != self.highspy.HighsModelStatus.kOptimal:
            raise Refused(highs.modelStatusToString(highs.getModelStatus()).lower())
        return highs.getInfo().objective_function_value


class Gurobi:
    # The numbers of its methods.
    METHODS = {"simplex": 1, "barrier": 2, "tree": -1}

    def __init__(self, method):
        import gurobipy

        self.gurobipy = gurobipy
        self.environment = gurobipy.Env(empty=True)
        self.environment.setParam("OutputFlag", 0)
        self.environment.start()
        self.parameters = {"Method": self.METHODS[method], "Threads": 1}

    def prepare(self, program):
        senses = np.where(program.equal, "=", ">")
        lower = np.zeros(len(program.objective))
        lower[program.free] = -np.inf
        kinds = np.full(len(program.objective), "C")
        kinds[program.binary] = "B"
        return program, senses, lower, kinds

    def solve(self, prepared):
        program, senses, lower, kinds = prepared
        try:
            model = self.gurobipy.Model(env=self.environment)
            for name, value in self.parameters.items():
                model.setParam(name, value)
            if len(program.binary):
                model.setParam("MIPGap", GAP)
                model.setParam("IntFeasTol", INTEGRAL)
            columns = model.addMVar(len(lower), lb=lower, obj=program.objective, vtype=kinds)
            model.addMConstr(program.rows, columns, senses, program.right)
            model.ModelSense = self.gurobipy.GRB.MAXIMIZE
            model.optimize()
        except self.gurobipy.GurobiError as error:
            too_large = error.errno == self.gurobipy.GRB.Error.SIZE_LIMIT_EXCEEDED
            raise Refused("license" if too_large else str(error)) from error
        if model.Status != self.gurobipy.GRB.OPTIMAL:
            raise Refused(f"status {model.Status}")
        return model.ObjVal


class Xpress:
    # The flags of its methods.
    METHODS = {"simplex": "d", "barrier": "b", "tree": ""}

    def __init__(self, method):
        with warnings.catch_warnings():
            # It warns about its license.
            warnings.simplefilter("ignore")
            import xpress

            xpress.problem()
        self.xpress, self.flag = xpress, self.METHODS[method]

    def prepare(self, program):
        senses = np.where(program.equal, "E", "G")
        count = len(program.objective)
        lower, upper = np.zeros(count), np.full(count, self.xpress.infinity)
        lower[program.free], upper[program.binary] = -self.xpress.infinity, 1.0
        return program, list(senses), lower, upper

    def solve(self, prepared):
        program, senses, lower, upper = prepared
        rows = program.rows
        try:
            problem = self.xpress.problem()
            problem.controls.outputlog = 0
            problem.controls.threads = 1
            problem.loadLP("", senses, program.right, None, program.objective, rows.indptr, None,
                           rows.indices, rows.data, lower, upper)
            problem.chgObjSense(self.xpress.maximize)
            if len(program.binary):
                problem.chgColType(program.binary, ["B"] * len(program.binary))
                problem.controls.miprelstop = GAP
                problem.controls.miptol = INTEGRAL
                problem.mipOptimize(self.flag)
            else:
                problem.lpOptimize(self.flag)
        except self.xpress.SolverError as error:
            too_large = "too many rows and columns" in str(error)
            raise Refused("license" if too_large else str(error)) from error
        if problem.attributes.solstatus != self.xpress.SolStatus.OPTIMAL:
            raise Refused(problem.attributes.solstatus.name.lower())
        return problem.attributes.objval


# By printed name: the configurations of a solver. The fastest one counts.
LINEAR = {
    "HiGHS simplex": [(Highs, "simplex")],
    "HiGHS IPX": [(Highs, "ipx")],
    "HiGHS HiPO": [(Highs, "hipo")],
    "Gurobi": [(Gurobi, "simplex"), (Gurobi, "barrier")],
    "Xpress": [(Xpress, "simplex"), (Xpress, "barrier")],
}
INTEGER = {
    "HiGHS": [(Highs, "choose")],
    "Gurobi": [(Gurobi, "tree")],
    "Xpress": [(Xpress, "tree")],
}


def ask(ways, program, limit):
    """The answer of the fastest configuration, or the reason why none has an answer."""
    answers = [one(way, program, limit) for way in ways]
    solved = [answer for answer in answers if answer.value is not None]
    return min(solved, key=lambda answer: answer.seconds) if solved else answers[0]


def one(way, program, limit):
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(there, way, program, limit))
    process.start()
    there.close()
    try:
        answer = here.recv()
    except EOFError:
        answer = None
    process.join()
    if answer is not None:
        return answer
    if process.exitcode == -signal.SIGXCPU:
        return Answer(limit, None, f"> {limit:g} s")
    return Answer(math.nan, None, f"ended with {process.exitcode}")


def work(connection, way, program, limit):
    """The body of a peer's process."""
    connection.send(attempt(*way, program, limit))


def attempt(solver, method, program, limit):
    try:
        solver = solver(method)
        prepared = solver.prepare(program)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        gc.disable()
        begun, runs, taken = time.process_time(), 0, 0.0
        # The limit is in whole seconds, so it may end up to one second late.
        until = math.ceil(begun + limit)
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))
        while taken < min(TOGETHER, limit / 2):
            value = solver.solve(prepared) / program.scale
            runs += 1
            taken = time.process_time() - begun
        return Answer(taken / runs, value)
    except Refused as refused:
        return Answer(math.nan, None, str(refused))
    except MemoryError:
        return Answer(math.nan, None, "memory")
