using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Cavra.Actors.WorkerAgent.Sandbox;

/// <summary>
/// The system-call filter as a classic BPF program, for <c>bwrap --seccomp</c>. A deny list: what it does not name is allowed.
/// A call in another architecture's numbering (32-bit, x32) kills the process, because the numbers would mean something else there.
/// </summary>
internal static class SeccompFilter
{
    private const ushort LoadWord = 0x20;
    private const ushort JumpEqual = 0x15;
    private const ushort JumpGreaterOrEqual = 0x35;
    private const ushort JumpBitsSet = 0x45;
    private const ushort Return = 0x06;
    private const uint Allow = 0x7fff0000;
    private const uint KillProcess = 0x80000000;
    private const uint ErrorPermission = 0x00050000 | 1;
    private const uint ErrorNoSuchCall = 0x00050000 | 38;
    private const uint ErrorFamily = 0x00050000 | 97;
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint FirstArgumentOffset = 16;
    private const uint SecondArgumentOffset = 24;
    private const uint X32Bit = 0x40000000;

    // CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
    private const uint NewNamespaces = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;
    private const uint PushTerminalInput = 0x5412;
    private const uint LinuxConsole = 0x541C;

    // AF_UNIX, AF_INET, AF_INET6, AF_NETLINK (ss and getaddrinfo need the last). AF_VSOCK above all is not held by a network namespace.
    private static readonly uint[] SocketFamilies = [1, 2, 10, 16];

    /// <summary>Whether the filter is known for the processor of this machine.</summary>
    internal static bool IsSupported => RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>The program for this machine.</summary>
    internal static byte[] Build() => Build(RuntimeInformation.ProcessArchitecture);

    internal static byte[] Build(Architecture architecture)
    {
        var program = new List<(ushort Code, byte Then, byte Else, uint Value)>
        {
            (LoadWord, 0, 0, ArchitectureOffset),
            (JumpEqual, 1, 0, architecture == Architecture.X64 ? 0xC000003Eu : 0xC00000B7u),
            (Return, 0, 0, KillProcess),
            (LoadWord, 0, 0, NumberOffset),
        };
        if (architecture == Architecture.X64)
        {
            program.Add((JumpGreaterOrEqual, 0, 1, X32Bit));
            program.Add((Return, 0, 0, KillProcess));
        }

        foreach (var call in SeccompCalls.Denied)
            AddRefusal(program, call.Number(architecture), ErrorPermission);
        foreach (var call in SeccompCalls.Absent)
            AddRefusal(program, call.Number(architecture), ErrorNoSuchCall);

        // Each block below either returns or leaves the call's number loaded for the next.
        AddArgumentBlock(
            program,
            SeccompCalls.Clone.Number(architecture),
            FirstArgumentOffset,
            [(JumpBitsSet, 0, 1, NewNamespaces), (Return, 0, 0, ErrorPermission), (Return, 0, 0, Allow)]);
        AddArgumentBlock(
            program,
            SeccompCalls.Ioctl.Number(architecture),
            SecondArgumentOffset,
            [(JumpEqual, 1, 0, PushTerminalInput), (JumpEqual, 0, 1, LinuxConsole), (Return, 0, 0, ErrorPermission), (Return, 0, 0, Allow)]);
        AddArgumentBlock(program, SeccompCalls.Socket.Number(architecture), FirstArgumentOffset, FamilyCheck());
        program.Add((Return, 0, 0, Allow));
        return Encode(program);
    }

    private static List<(ushort, byte, byte, uint)> FamilyCheck()
    {
        var check = new List<(ushort, byte, byte, uint)>();
        for (var i = 0; i < SocketFamilies.Length; i++)
            check.Add((JumpEqual, (byte)(SocketFamilies.Length - i), 0, SocketFamilies[i]));
        check.Add((Return, 0, 0, ErrorFamily));
        check.Add((Return, 0, 0, Allow));
        return check;
    }

    private static void AddRefusal(List<(ushort, byte, byte, uint)> program, int number, uint answer)
    {
        if (number < 0)
            return;
        program.Add((JumpEqual, 0, 1, (uint)number));
        program.Add((Return, 0, 0, answer));
    }

    private static void AddArgumentBlock(
        List<(ushort, byte, byte, uint)> program, int number, uint argument, List<(ushort, byte, byte, uint)> block)
    {
        program.Add((JumpEqual, 0, (byte)(block.Count + 1), (uint)number));
        program.Add((LoadWord, 0, 0, argument));
        program.AddRange(block);
    }

    private static byte[] Encode(List<(ushort Code, byte Then, byte Else, uint Value)> program)
    {
        const int instructionBytes = 8;
        var bytes = new byte[program.Count * instructionBytes];
        for (var i = 0; i < program.Count; i++)
        {
            var target = bytes.AsSpan(i * instructionBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(target, program[i].Code);
            target[2] = program[i].Then;
            target[3] = program[i].Else;
            BinaryPrimitives.WriteUInt32LittleEndian(target[4..], program[i].Value);
        }

        return bytes;
    }
}
