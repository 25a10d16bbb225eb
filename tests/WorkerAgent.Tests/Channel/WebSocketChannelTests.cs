using System.Security.Cryptography.X509Certificates;
using Cavra.Actors.Installation;
using Cavra.Actors.Sessions;
using Cavra.Actors.WorkerAgent.Channel;
using Cavra.Actors.Workers.Channel;

namespace Cavra.Actors.WorkerAgent.Tests.Channel;

/// <summary>The same worker over the real wire.</summary>
public sealed class WebSocketChannelTests : AgentFixture
{
    private WorkerAuthority _authority = null!;
    private KestrelStandIn? _server;

    public override Task InitializeAsync()
    {
        _authority = WorkerAuthority.LoadOrCreate(new DataDirectory(Path.Combine(Folder, "installation")), TimeProvider.System);
        return Task.CompletedTask;
    }

    public override async Task DisposeAsync()
    {
        await Stop();
        if (_server is not null)
            await _server.DisposeAsync();
        _authority.Dispose();
        await base.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Session_OverTheWire_SurvivesALostChannel(bool batch)
    {
        await StartOverTheWire(batch);
        var assignment = StandIn.Assignment(1, StandIn.Step(1, "seq 1 2000; while [ ! -e go ]; do sleep 0.05; done; echo grüße"));
        (await Orchestrator.Assign(assignment)).Ok.ShouldBeTrue();
        Orchestrator.AcknowledgesOutput = false;
        await Orchestrator.Send(StandIn.Command(assignment, 1));
        await Orchestrator.Next<StepOutputFrame>();
        await Orchestrator.Cut();
        await Orchestrator.Connected();
        Orchestrator.AcknowledgesOutput = true;
        await Orchestrator.Cut();
        await Orchestrator.Connected();
        await File.WriteAllTextAsync(Path.Combine(WorkFolder(1), "go"), "");
        var result = await Orchestrator.Next<StepResultFrame>();
        result.Status.ShouldBe(StepOutcome.Succeeded, result.Detail);
        Orchestrator.Output(StandIn.Command(assignment, 1)).ShouldBe(string.Concat(Enumerable.Range(1, 2000).Select(i => i + "\n")) + "grüße\n");
        Orchestrator.Registration!.WorkerId.ShouldBe("worker-1");
    }

    [Fact]
    public async Task D03_CertificateOfAnotherWorker_IsAFinalRefusal()
    {
        _server = await KestrelStandIn.Start(Orchestrator, _authority, batch: true);
        await using var server = Client("worker-2");
        var error = await Should.ThrowAsync<AgentServerException>(() => server.Register(new() { WorkerId = "worker-1", Capabilities = [], NetworkSegment = "x", Environments = [] }, CancellationToken.None));
        (error.Code, error.IsFinal).ShouldBe(("worker_mismatch", true));
    }

    [Fact]
    public async Task OrchestratorOfAnotherAuthority_IsNotTrusted()
    {
        using var other = WorkerAuthority.LoadOrCreate(new DataDirectory(Path.Combine(Folder, "other")), TimeProvider.System);
        _server = await KestrelStandIn.Start(Orchestrator, other, batch: true);
        await using var server = Client("worker-1");
        var error = await Should.ThrowAsync<AgentServerException>(() => server.Register(new() { WorkerId = "worker-1", Capabilities = [], NetworkSegment = "x", Environments = [] }, CancellationToken.None));
        error.Code.ShouldBe("unreachable");
        Orchestrator.Registrations.ShouldBe(0);
    }

    [Fact]
    public async Task Unregister_OverTheWire_Leaves()
    {
        await StartOverTheWire(batch: true);
        await Agent!.Drain(CancellationToken.None).WaitAsync(StandIn.Generous);
        Orchestrator.Unregistered.Task.IsCompleted.ShouldBeTrue();
    }

    [Theory]
    [InlineData("{\"type\":\"no.such\"}")]
    [InlineData("{\"type\":\"session.cancel\"}")]
    [InlineData("[1]")]
    [InlineData("{\"type\":\"ack\",\"message_id\":\"a\",\"message_id\":\"b\"}")]
    [InlineData("not json")]
    public void Frame_ThatIsNone_IsRefusedAndTheOthersCount(string bad)
    {
        var problems = new List<string>();
        var frames = FrameCodec.Read(System.Text.Encoding.UTF8.GetBytes(bad + "\n{\"type\":\"ack\",\"message_id\":\"m\",\"more\":1}\n"), batch: true, problems.Add);
        frames.OfType<AckFrame>().Single().MessageId.ShouldBe("m");
        problems.Count.ShouldBe(1);
    }

    private async Task StartOverTheWire(bool batch)
    {
        _server = await KestrelStandIn.Start(Orchestrator, _authority, batch);
        await Start(Client("worker-1"));
    }

    private HttpAgentServer Client(string certificateOf)
    {
        var issued = _authority.IssueWorker(certificateOf, WorkerAuthority.EveryTenant, DateTimeOffset.UtcNow);
        var trust = new X509Certificate2Collection();
        trust.ImportFromPem(File.ReadAllText(Path.Combine(Folder, "installation", "keys", "worker-ca.crt")));
        return new HttpAgentServer("worker-1", _server!.Address, X509Certificate2.CreateFromPem(issued.CertificatePem, issued.KeyPem), trust, TimeSpan.FromSeconds(5), problem => Assert.Fail(problem));
    }
}
