using System.Collections.Immutable;
using System.Text.Json;

namespace Cavra.Actors.Installation.Tests.Files;

public sealed class FilesTests : Scratch
{
    [Fact]
    public void DataDirectory_NothingConfigured_IsDotCavraInTheCurrentFolder()
    {
        DataDirectory.From(null, "/srv/work").Root.ShouldBe("/srv/work/.cavra");
        DataDirectory.From("elsewhere", "/srv/work").Root.ShouldBe("/srv/work/elsewhere");
        DataDirectory.From("/var/lib/cavra", "/srv/work").Root.ShouldBe("/var/lib/cavra");
    }

    [Fact]
    public void DevFile_WrittenAndRead_HasTheContractsNamesAndIsPrivate()
    {
        var dev = new DevFile
        {
            Api = "http://127.0.0.1:8080",
            Agent = "https://127.0.0.1:8443",
            Console = "http://127.0.0.1:8080/",
            AgentCa = Data.WorkerAuthorityCertificate,
            Jwks = Data.Jwks,
            DataDir = Data.Root,
            Database = "Host=/run",
            Logs = Data.Logs,
            Pids = Data.PidsFile,
            Tokens = ImmutableSortedDictionary<string, string>.Empty.Add("operator", "secret-token"),
        };

        dev.Write(Data.DevFile);

        using var json = JsonDocument.Parse(File.ReadAllText(Data.DevFile));
        json.RootElement.EnumerateObject().Select(p => p.Name)
            .ShouldBe(["api", "agent", "console", "agent_ca", "jwks", "data_dir", "database", "logs", "pids", "tokens"], ignoreOrder: true);
        File.GetUnixFileMode(Data.DevFile).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        DevFile.Read(Data.DevFile)!.Tokens["operator"].ShouldBe("secret-token");
        dev.ToString().ShouldNotContain("secret-token");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"api\": \"http://12")]
    [InlineData("{}")]
    public void DevFile_NotAWholeDocument_ReadsAsAbsent(string content)
    {
        PrivateFile.Write(Data.DevFile, content);

        DevFile.Read(Data.DevFile).ShouldBeNull();
    }

    [Fact]
    public void Files_Absent_ReadAsNull()
    {
        DevFile.Read(Data.DevFile).ShouldBeNull();
        PidsFile.Read(Data.PidsFile).ShouldBeNull();
    }

    [Fact]
    public void PidsFile_WrittenAndRead_KeepsTheContractsNames()
    {
        new PidsFile { Up = 1, Api = 2, Workers = [3, 4], Postgres = 5 }.Write(Data.PidsFile);

        using var json = JsonDocument.Parse(File.ReadAllText(Data.PidsFile));
        json.RootElement.GetProperty("api").GetInt32().ShouldBe(2);
        json.RootElement.GetProperty("workers").EnumerateArray().Select(w => w.GetInt32()).ShouldBe([3, 4]);
        json.RootElement.GetProperty("postgres").GetInt32().ShouldBe(5);
        PidsFile.Read(Data.PidsFile)!.Up.ShouldBe(1);
    }

    [Fact]
    public async Task ReadOrCreate_FromManyThreads_AllGetOneContent()
    {
        var path = Path.Combine(Data.Keys, "one");
        using var start = new Barrier(8);

        var contents = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Factory.StartNew(
            () =>
            {
                start.SignalAndWait(TimeSpan.FromSeconds(30));
                return PrivateFile.ReadOrCreate(path, () => $"made by {n}");
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        contents.Distinct().ShouldHaveSingleItem();
        Directory.GetFiles(Data.Keys).ShouldBe([path]);
    }
}
