using Cavra.Actors.Storage.LocalServer;

namespace Cavra.Actors.Storage.Tests.LocalServer;

public sealed class ServerBinariesTests
{
    [Theory]
    [InlineData("pg_ctl (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)", 15)]
    [InlineData("pg_ctl (PostgreSQL) 18beta1", 18)]
    [InlineData("pg_ctl (PostgreSQL) 9.6.24", 9)]
    [InlineData("something else", null)]
    [InlineData("", null)]
    public void VersionText_ParseMajor_FindsIt(string output, int? major) => ServerBinaries.ParseMajor(output).ShouldBe(major);

    [Fact]
    public void SeveralVersions_Choose_TakesTheNewest()
        => ServerBinaries.Choose([new("/a", 15), new("/b", 17), new("/c", 16)], null, null).Directory.ShouldBe("/b");

    [Fact]
    public void ExistingCluster_Choose_TakesItsOwnVersion()
        => ServerBinaries.Choose([new("/a", 15), new("/b", 17)], 15, null).Directory.ShouldBe("/a");

    [Theory]
    [InlineData(new int[0], null, "server_missing", "postgresql-15")]
    [InlineData(new[] { 13, 14 }, null, "server_too_old", "postgresql-15")]
    [InlineData(new[] { 17 }, 16, "server_version_differs", "postgresql-16")]
    public void NothingFits_Choose_NamesTheDebianPackage(int[] versions, int? required, string code, string package)
    {
        var error = Should.Throw<StorageStartException>(() => ServerBinaries.Choose([.. versions.Select(v => new ServerBinaries("/x", v))], required, null));
        error.Code.ShouldBe(code);
        error.Message.ShouldContain(package);
    }

    [Fact]
    public async Task EmptyFolder_Find_SaysWhatToInstall()
        => (await Should.ThrowAsync<StorageStartException>(() => ServerBinaries.FindAsync("/nonexistent", null, default))).Code.ShouldBe("server_missing");
}
