using System.Net;
using System.Text;
using Cavra.Actors.ApiHost.Http;
using Cavra.Actors.ApiHost.Tests.Support;

namespace Cavra.Actors.ApiHost.Tests.Http;

[Collection(ApiCollection.Name)]
public sealed class ConventionTests(ApiFixture fixture)
{
    private const string Create = "/api/v1/executions";
    private readonly ApiClient _operator = fixture.Host.Client(fixture.Host.Token("otto", "conventions", "operator"));

    [Fact]
    public async Task UnknownAddress_Is404() => (await _operator.Get("/api/v1/nothing")).ShouldBeProblem(404, "not_found");

    [Fact]
    public async Task WrongMethod_Is405WithAllow()
    {
        var answer = await _operator.Delete(Create);
        answer.ShouldBeProblem(405, "method_not_allowed");
        answer.Headers["Allow"].ShouldContain("POST");
    }

    [Fact]
    public async Task AgentAddresses_AreNotOnTheApiPort()
    {
        (await _operator.Post("/api/v1/agent/register", TestWorker.Registration())).ShouldBeProblem(404, "not_found");
        (await _operator.Get("/ws/agents/local-1")).ShouldBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("null")]
    [InlineData("{\"ticket_id\":\"a\",}")]
    [InlineData("{\"ticket_id\":\"a\"} trailing")]
    [InlineData("{\"ticket_id\":\"a\",\"ticket_id\":\"b\"}")]
    [InlineData("{\"inputs\":{\"a\":1,\"a\":2}}")]
    [InlineData("{\"ticket_id\":\"\\u0000\"}")]
    [InlineData("{\"inputs\":{\"path\":\"a\\u0000b\"}}")]
    [InlineData("{\"inputs\":{\"a\\u0000b\":1}}")]
    [InlineData("{\"ticket_id\":\"\\ud800\"}")]
    [InlineData("{\"inputs\":{\"x\":[\"\\udc00\\ud800\"]}}")]
    public async Task D11_BodyThatIsNotStrictJson_Is400(string body) => (await _operator.PostRaw(Create, body)).ShouldBeProblem(400, "malformed_body");

    [Fact]
    public async Task D11_DeepNesting_Is400() =>
        (await _operator.PostRaw(Create, "{\"inputs\":" + string.Concat(Enumerable.Repeat("{\"a\":", 5000)) + "1" + new string('}', 5001))).ShouldBeProblem(400, "malformed_body");

    [Fact]
    public async Task D11_BytesThatAreNotUtf8_Are400()
    {
        using var content = new ByteArrayContent([(byte)'{', (byte)'"', 0xff, 0xfe, (byte)'"', (byte)':', (byte)'1', (byte)'}']);
        content.Headers.ContentType = new("application/json");
        (await _operator.Send(HttpMethod.Post, Create, content)).ShouldBeProblem(400, "malformed_body");
    }

    [Fact]
    public async Task D11_PrototypeFields_AreUnknownFields() =>
        (await _operator.PostRaw(Create, """{"ticket_id":"a","environment_profile":"dev-flex","__proto__":{"admin":true}}""")).ShouldName("__proto__");

    [Fact]
    public async Task UnknownField_Is400NamingIt() =>
        (await _operator.Post("/api/v1/executions/1/cancel", new { reason = "r", aproved = true })).ShouldName("aproved");

    [Fact]
    public async Task SeveralWrongFields_AreSaidAtOnce()
    {
        var answer = await _operator.PostRaw(Create, """{"ticket_id":7,"environment_profile":"prod","validation_mode":3,"inputs":[],"nonsense":1}""");
        foreach (var field in new[] { "ticket_id", "environment_profile", "validation_mode", "inputs", "nonsense" }) answer.ShouldName(field);
    }

    [Theory]
    [InlineData("""{"environment_profile":"dev-flex"}""", "ticket_id")]
    [InlineData("""{"ticket_id":"","environment_profile":"dev-flex"}""", "ticket_id")]
    [InlineData("""{"ticket_id":" INC-1","environment_profile":"dev-flex"}""", "ticket_id")]
    [InlineData("""{"ticket_id":"INC-1"}""", "environment_profile")]
    [InlineData("""{"ticket_id":"INC-1","environment_profile":null}""", "environment_profile")]
    [InlineData("""{"ticket_id":"INC-1","environment_profile":"DEV-FLEX"}""", "environment_profile")]
    [InlineData("""{"ticket_id":"INC-1","environment_profile":2}""", "environment_profile")]
    [InlineData("""{"ticket_id":"INC-1","environment_profile":"dev-flex","idempotency_key":"with blank"}""", "idempotency_key")]
    public async Task WrongField_Is400NamingIt(string body, string field) => (await _operator.PostRaw(Create, body)).ShouldName(field);

    [Fact]
    public async Task D11_BodyOverOneMebibyte_Is413()
    {
        var body = "{\"ticket_id\":\"" + new string('x', RequestBody.Limit) + "\"}";
        (await _operator.PostRaw(Create, body)).ShouldBeProblem(413, "body_too_large");
    }

    [Fact]
    public async Task D11_ChunkedBodyOverOneMebibyte_Is413()
    {
        using var content = new StreamContent(new MemoryStream(Encoding.ASCII.GetBytes("{\"ticket_id\":\"" + new string('x', RequestBody.Limit) + "\"}")));
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, Create) { Content = content };
        request.Headers.TransferEncodingChunked = true;
        using var response = await _operator.Http.SendAsync(request);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/yaml")]
    public async Task OtherContentType_Is415(string type) => (await _operator.PostRaw(Create, "{}", type)).ShouldBeProblem(415, "unsupported_media_type");

    [Fact]
    public async Task Traceparent_IsTakenUpAndReturned()
    {
        var answer = await _operator.Get("/api/v1/executions/999999999", ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"));
        answer.Headers["traceparent"].ShouldStartWith("00-4bf92f3577b34da6a3ce929d0e0e4736-");
        answer["trace_id"].GetString().ShouldBe("4bf92f3577b34da6a3ce929d0e0e4736");
    }

    [Fact]
    public async Task BrokenTraceparent_StartsANewTrace()
    {
        var answer = await _operator.Get(Create, ("traceparent", "00-zzz"));
        answer.Status.ShouldBe(200);
        answer.Headers["traceparent"].Length.ShouldBe(55);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("state=running", "state")]
    [InlineData("environment=production", "environment")]
    [InlineData("since=yesterday", "since")]
    public async Task WrongListParameter_Is400NamingIt(string query, string field) => (await _operator.Get($"{Create}?{query}")).ShouldName(field);

    [Fact]
    public void EveryCode_HasAStatusAndATitle()
    {
        foreach (var code in Problems.Codes)
        {
            Problems.StatusOf(code).ShouldBeInRange(400, 599);
            Problems.TitleOf(code).ShouldNotBeNullOrEmpty();
        }
    }
}
