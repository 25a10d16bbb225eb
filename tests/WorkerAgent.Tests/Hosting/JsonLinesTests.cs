using System.Text.Json;
using Cavra.Actors.WorkerAgent.Logging;
using Microsoft.Extensions.Logging;

namespace Cavra.Actors.WorkerAgent.Tests.Hosting;

public sealed partial class JsonLinesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cavra-log-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void E05_ValueThatLooksLikeARecord_StaysOneRecord()
    {
        var file = Path.Combine(_folder, "worker.log");
        using (var logs = WorkerLogs.Open("worker-1", file, null))
            LogSample(logs.CreateLogger("Sample"), 7, "a\r\n{\"level\":\"ERROR\"}\u001b[2J", new InvalidOperationException("no\nmore"));
        var line = File.ReadAllLines(file).ShouldHaveSingleItem();
        var record = JsonDocument.Parse(line).RootElement;
        record.GetProperty("message").GetString().ShouldBe("session 7 said a\r\n{\"level\":\"ERROR\"}\u001b[2J");
        record.GetProperty("session_id").GetInt64().ShouldBe(7);
        record.GetProperty("event_id").GetInt64().ShouldBe(1);
        record.GetProperty("worker_id").GetString().ShouldBe("worker-1");
        record.GetProperty("level").GetString().ShouldBe("WARN");
    }

    [LoggerMessage(1, LogLevel.Warning, "session {SessionId} said {Text}")]
    private static partial void LogSample(ILogger logger, long sessionId, string text, Exception error);
}
