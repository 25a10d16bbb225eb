namespace Cavra.Actors.WorkerAgent.Tests.Sandbox;

/// <summary>Hazard E08: escapes tried and denied, per profile. Every probe also proves that it ran inside a sandbox.</summary>
public sealed class SandboxEscapeTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    // Printed by every probe: PID of its parent chain's first process, number of processes seen, seccomp mode, NoNewPrivs, capabilities.
    private const string Proof =
        "echo sandbox pid1=$(tr '\\0' ' ' </proc/1/cmdline | cut -d' ' -f1) $(grep -E '^(Seccomp|NoNewPrivs|CapEff|CapBnd):' /proc/self/status | tr -s '\\t\\n' '= ');";

    public static TheoryData<string> Profiles => ["prod-critical", "prod-standard", "staging-standard", "dev-flex"];

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_WriteToRoot_IsDenied(string profile) =>
        Denied(profile, "for f in / /usr/ /etc/ /run/ /var/ /bin/ /run/cavra/; do echo x >${f}escape; ls ${f}escape; done 2>/dev/null | wc -l", "0");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_ReadHostShadow_IsDenied(string profile) =>
        Denied(profile, "cat /etc/shadow /etc/gshadow /etc/ssl/private/* /root/.ssh/* /root/.bashrc 2>/dev/null | wc -c", "0");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_SeeHostFolders_IsDenied(string profile) =>
        Denied(profile, "ls -d /home/* /root /var/lib /var/log /srv /mnt /sys/kernel /opt 2>/dev/null | wc -l", "0");

    [Theory, MemberData(nameof(Profiles))]
    public async Task E08_SeeOtherProcesses_IsDenied(string profile)
    {
        var ran = await Probe(profile, $"ls /proc | grep -c '^[0-9]'; cat /proc/{Environment.ProcessId}/environ 2>/dev/null | wc -c");
        int.Parse(ran[0]).ShouldBeLessThan(8);
        ran[1].ShouldBe("0");
    }

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_KillTheParent_IsDenied(string profile) =>
        // PID 1 inside is bwrap's; the kernel drops the signal. The worker's number means nothing in here.
        Denied(profile, $"kill -9 1; kill -9 {Environment.ProcessId} 2>/dev/null; test -e /proc/1/status && echo alive", "alive");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_Mount_IsDenied(string profile) =>
        Denied(profile, "mount -t tmpfs none /tmp 2>/dev/null || echo refused", "refused");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_NewUserNamespace_IsDenied(string profile) =>
        Denied(profile, "unshare -U true 2>/dev/null || echo refused", "refused");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_NewUserNamespaceByClone_IsDenied(string profile) =>
        // clone(CLONE_NEWUSER | SIGCHLD) by number, which no tool's own check can hide.
        Denied(profile, PerlCall("56", "0x10000011, 0, 0, 0, 0"), "errno=1");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_Clone3_IsAbsent(string profile) => Denied(profile, PerlCall("435", "0, 0"), "errno=38");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_Ptrace_IsDenied(string profile) => Denied(profile, PerlCall("101", "16, 1, 0, 0"), "errno=1");

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_KeyringBpfAndHandles_AreDenied(string profile) =>
        Denied(profile, PerlCall("250", "0, -3, 0") + PerlCall("321", "0, 0, 0") + PerlCall("304", "0, 0, 0") + PerlCall("425", "1, 0"), "errno=1", 4);

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_RawAndPacketAndVsockSockets_AreDenied(string profile) =>
        // AF_INET raw: no capability. AF_PACKET and AF_VSOCK: not a family that the filter knows.
        Denied(profile, PerlCall("41", "2, 3, 1") + PerlCall("41", "17, 3, 768") + PerlCall("41", "40, 1, 0"), ["errno=1", "errno=97", "errno=97"]);

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_PushTerminalInput_IsDenied(string profile) =>
        Denied(profile, "perl -e '$c=\"x\"; ioctl(STDIN, 0x5412, $c); print \"errno=\", $!+0, \"\\n\"'", "errno=1");

    [Theory, MemberData(nameof(Profiles))]
    public async Task E08_ConnectOut_IsDenied(string profile)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var script = $"perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(PeerAddr=>\"127.0.0.1:{port}\",Timeout=>2) ? \"open\" : \"refused\", \"\\n\"'; wc -l </proc/net/dev";
        var ran = await Probe(profile, script);
        ran[0].ShouldBe("refused");
        // Two lines of heading and the loopback of its own, nothing else.
        ran[1].ShouldBe("3");
        listener.Pending().ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Profiles))]
    public Task E08_SetuidBinary_GivesNothing(string profile) =>
        Denied(profile, "su -c id 2>/dev/null </dev/null | grep -c uid=0; grep -c '^Uid:.61984' /proc/self/status", ["0", "1"]);

    [Theory, MemberData(nameof(Profiles))]
    public async Task E08_InheritedDescriptors_AreNone(string profile)
    {
        using var kept = File.OpenRead("/etc/hostname");
        var ran = await Probe(profile, "ls /proc/self/fd | tr '\\n' ' '");
        // The fourth is ls's own, on the folder that it reads.
        ran[0].Trim().ShouldBe("0 1 2 3");
    }

    [Theory, MemberData(nameof(Profiles))]
    public async Task E08_Environment_IsClean(string profile)
    {
        Environment.SetEnvironmentVariable("CAVRA_TEST_LEAK", "leak");
        var request = sandbox.Request(profile, "env");
        var ran = await sandbox.Run(request with { Environment = request.Environment.Add("PGPASSWORD", "given") });
        ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('=')[0]).Order(StringComparer.Ordinal)
            .ShouldBe(["HOME", "LANG", "PATH", "PGPASSWORD", "PWD", "TERM"]);
    }

    private static string PerlCall(string number, string arguments)
    {
        // The numbers are x86-64's; the product's table has both.
        Assert.Equal(System.Runtime.InteropServices.Architecture.X64, System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture);
        return $"perl -e '$r = syscall({number}, {arguments}); print $r == -1 ? \"errno=\" . ($!+0) : \"went through\", \"\\n\"; exit 0';";
    }

    private Task Denied(string profile, string script, string expected, int times = 1) => Denied(profile, script, [.. Enumerable.Repeat(expected, times)]);

    private async Task Denied(string profile, string script, string[] expected) => (await Probe(profile, script)).ShouldBe(expected);

    private async Task<string[]> Probe(string profile, string script)
    {
        var ran = await sandbox.Run(profile, "/bin/sh", "-c", Proof + script);
        var lines = ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.ShouldNotBeEmpty($"exit {ran.ExitCode}: {ran.Error}");
        lines[0].ShouldBe("sandbox pid1=cavra-test CapEff:=0000000000000000 CapBnd:=0000000000000000 NoNewPrivs:=1 Seccomp:=2");
        return lines[1..];
    }
}
