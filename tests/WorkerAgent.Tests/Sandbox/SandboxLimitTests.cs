using Cavra.Actors.WorkerAgent.Sandbox;

namespace Cavra.Actors.WorkerAgent.Tests.Sandbox;

/// <summary>Hazard E08: bombs, and what a step may write.</summary>
public sealed class SandboxLimitTests(SandboxFixture sandbox) : IClassFixture<SandboxFixture>
{
    [Fact]
    public async Task E08_ForkBomb_IsHeld()
    {
        var request = sandbox.Request("prod-critical", "/bin/sh", "-c", "i=0; while [ $i -lt 400 ]; do sleep 30 & i=$((i+1)); done 2>/work/errors; echo survived");
        var ran = await sandbox.Run(request);
        // dash gives up at the first refused fork; either way no more than the profile's processes were ever there.
        ran.ExitCode.ShouldNotBe(0);
        (await File.ReadAllTextAsync(Path.Combine(request.WorkFolder, "errors"))).ShouldContain("fork");
    }

    [Fact]
    public async Task E08_MemoryBomb_IsKilled()
    {
        var ran = await sandbox.Run("prod-critical", "perl", "-e", "my @a; for (1..3000) { push @a, 'x' x (1024*1024) } print 'survived'");
        ran.Output.ShouldNotContain("survived");
        ran.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task E08_FileBomb_IsCutOff()
    {
        var ran = await sandbox.Run("prod-critical", "/bin/sh", "-c", "head -c 400M /dev/zero >/tmp/big; stat -c %s /tmp/big");
        long.Parse(ran.Output).ShouldBeLessThanOrEqualTo(SandboxProfile.Find("prod-critical")!.Limits.TemporaryBytes);
    }

    [Fact]
    public async Task Limits_AreSeenInside()
    {
        var limits = SandboxProfile.Find("prod-critical")!.Limits;
        var ran = await sandbox.Run("prod-critical", "/bin/sh", "-c", "ulimit -n; ulimit -c");
        ran.Output.Split('\n')[..2].ShouldBe([limits.OpenFiles.ToString(), "0"]);
    }

    [Fact]
    public async Task Writable_IsWrittenOnTheHost()
    {
        using var folder = new Scratch();
        var ran = await sandbox.Run(sandbox.Request("prod-critical", "/bin/sh", "-c", $"echo hello >{folder.Path}/note; echo no >{folder.Path}/../other; cat {folder.Path}/note") with { Writable = [folder.Path] });
        ran.Output.ShouldBe("hello\n");
        File.ReadAllText(folder.Path + "/note").ShouldBe("hello\n");
        File.Exists(Path.Combine(Path.GetDirectoryName(folder.Path)!, "other")).ShouldBeFalse();
    }

    [Fact]
    public async Task CredentialFile_IsThereForItsStepOnly()
    {
        var request = sandbox.Request("prod-critical", "/bin/sh", "-c", "cat /run/cavra/credentials/cred-x; stat -c ' %a' /run/cavra/credentials/cred-x");
        var ran = await sandbox.Run(request with { Credentials = [new CredentialFile("cred-x", "top secret"u8.ToArray())] });
        ran.Output.ShouldBe("top secret 400\n");
        (await sandbox.Run("prod-critical", "ls", "/run/cavra/credentials")).ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task E03_CredentialInTheEnvironment_IsNotOnTheHostSideOfTheSandbox()
    {
        var request = sandbox.Request("prod-critical", "sleep", "20");
        var process = await sandbox.Launcher.Start(request with { Environment = request.Environment.Add("PGPASSWORD", "hidden-value") }, CancellationToken.None);
        var first = process.HostPid!.Value;
        var outer = int.Parse(File.ReadAllLines($"/proc/{first}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..]);
        foreach (var pid in new[] { first, outer })
            foreach (var file in new[] { "environ", "cmdline" })
                File.ReadAllText($"/proc/{pid}/{file}").ShouldNotContain("hidden-value");
        process.Kill();
        (await process.Completion.WaitAsync(SandboxFixture.Generous)).TreeEmpty.ShouldBeTrue();
        await process.Output.DisposeAsync();
        await process.Error.DisposeAsync();
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/")]
    [InlineData("/etc")]
    [InlineData("/usr/local")]
    [InlineData("/proc/sys")]
    [InlineData("/tmp/../etc")]
    [InlineData("/tmp//x")]
    [InlineData("/tmp/")]
    [InlineData("/work")]
    [InlineData("/no/such/folder")]
    public void Writable_ThatIsNotAPlainFolder_IsRefused(string path) => new WritablePaths([]).Refusal(path).ShouldNotBeNull();

    [Fact]
    public void Writable_ThroughALinkOrTheWorkersData_IsRefused()
    {
        using var folder = new Scratch();
        Directory.CreateDirectory(folder.Path + "/real/inner");
        Directory.CreateSymbolicLink(folder.Path + "/link", folder.Path + "/real");
        var paths = new WritablePaths([folder.Path + "/real"]);
        paths.Refusal(folder.Path + "/link/inner").ShouldNotBeNull().ShouldContain("symbolic link");
        paths.Refusal(folder.Path + "/real").ShouldNotBeNull();
        paths.Refusal(folder.Path + "/real/inner").ShouldNotBeNull();
        paths.Refusal(folder.Path).ShouldNotBeNull();
        new WritablePaths([]).Refusal(folder.Path + "/real/inner").ShouldBeNull();
    }

    [Fact]
    public async Task Orphans_OfADeadWorker_AreKilled()
    {
        var label = "cavra-test-orphan-" + Guid.NewGuid().ToString("N");
        var process = await sandbox.Launcher.Start(sandbox.Request("dev-flex", "sleep", "60") with { Label = label }, CancellationToken.None);
        process.Release();
        OrphanSweep.Run(label).ShouldBeGreaterThan(0);
        (await process.Completion.WaitAsync(SandboxFixture.Generous)).ShouldBe(new SandboxExit(null, true));
        OrphanSweep.Run(label).ShouldBe(0);
        await process.Output.DisposeAsync();
        await process.Error.DisposeAsync();
    }

    [Fact]
    public async Task Gate_WhoseOpenerDies_StaysShut()
    {
        var request = sandbox.Request("dev-flex", "touch", "/work/ran");
        var process = await sandbox.Launcher.Start(request, CancellationToken.None);
        process.Kill();
        await process.Completion.WaitAsync(SandboxFixture.Generous);
        File.Exists(Path.Combine(request.WorkFolder, "ran")).ShouldBeFalse();
        await process.Output.DisposeAsync();
        await process.Error.DisposeAsync();
    }

    private sealed class Scratch : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("cavra-writable-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
