using System.Text;
using Cavra.Actors.Storage.LocalServer;

namespace Cavra.Actors.Storage.Tests.LocalServer;

public sealed class ClusterLayoutTests
{
    [Fact]
    public void ShortPath_SocketDirectory_LiesWithTheCluster()
        => ClusterLayout.ChooseSocketDirectory("/srv/cavra/postgres", null).ShouldBe("/srv/cavra/postgres/run");

    [Theory]
    [InlineData("/srv/with blank/postgres")]
    [InlineData("/srv/with,comma/postgres")]
    [InlineData("/srv/with'quote/postgres")]
    [InlineData("/srv/grün/postgres")]
    public void AwkwardPath_SocketDirectory_LiesElsewhere(string home)
        => ClusterLayout.ChooseSocketDirectory(home, null).ShouldStartWith("/tmp/cavra-");

    [Fact]
    public void PathsAroundTheLimit_SocketPath_NeverLongerThan107Bytes()
    {
        for (var length = 60; length < 130; length++)
        {
            var directory = ClusterLayout.ChooseSocketDirectory("/" + new string('a', length), null);
            Encoding.UTF8.GetByteCount($"{directory}/.s.PGSQL.5432").ShouldBeLessThanOrEqualTo(ClusterLayout.MaxSocketPathBytes);
        }
        ClusterLayout.ChooseSocketDirectory("/" + new string('a', 88), null).ShouldEndWith("/run");
        ClusterLayout.ChooseSocketDirectory("/" + new string('a', 89), null).ShouldStartWith("/tmp/");
    }

    [Fact]
    public void TwoLongPaths_SocketDirectories_Differ()
        => ClusterLayout.ChooseSocketDirectory("/" + new string('a', 200), null).ShouldNotBe(ClusterLayout.ChooseSocketDirectory("/" + new string('b', 200), null));
}
