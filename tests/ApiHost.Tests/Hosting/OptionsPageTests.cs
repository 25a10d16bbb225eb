using System.Text;
using Cavra.Actors.ApiHost.Hosting;
using Cavra.Actors.Silo.Settings;
using Cavra.Actors.Testing.Documents;

namespace Cavra.Actors.ApiHost.Tests.Hosting;

/// <summary>docs/options.md is made from the settings that the code reads.</summary>
public sealed class OptionsPageTests
{
    [Fact]
    public void OptionsPage_SaysWhatTheCodeReads()
    {
        var page = new StringBuilder("""
            # Options

            Made from the code (`CAVRA_WRITE_DOCS=1 ./cavra test OptionsPage`). Every option is an environment variable, or a key of the JSON file given with
            `--config FILE`; the environment wins. In the file `CAVRA_APPROVALS__SLA__PROD` is `{"Approvals": {"Sla": {"Prod": "10m"}}}`. Durations: `90s`, `10m`,
            `1h30m` or `00:10:00`.

            | option | default | allowed | meaning |
            |---|---|---|---|

            """);
        foreach (var setting in HostSettings.All.Concat(SettingTable.All))
            page.Append($"| `{setting.Variable}` | {(setting.Default.Length > 0 ? $"`{setting.Default}`" : "")} | {setting.Bounds} | {setting.Meaning} |\n");
        page.Append("""

            In the file only: `FeatureFlags` (first values by name), `Directory:Subjects` (a list of `{name, tenant, roles}` that quorums are judged by).
            The worker's options: `docs/worker-agent.md`.

            """);
        GeneratedDocument.Difference("docs/options.md", page.ToString().ReplaceLineEndings("\n")).ShouldBeNull();
    }

    [Fact]
    public void Options_AreNamedOnce() =>
        HostSettings.All.Concat(SettingTable.All).Select(s => s.Variable).ShouldBeUnique();
}
