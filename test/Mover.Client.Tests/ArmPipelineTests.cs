using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Mover.Client.Arm;
using Mover.Core.Arm;

namespace Mover.Client.Tests;

public sealed class ArmPipelineTests
{
    private static readonly ResourceId Group = ResourceId.OfGroup("00000000-0000-0000-0000-000000000001", "rg");
    private static readonly ResourceId MoverId = Group.Provider("Microsoft.StorageMover/storageMovers", "m");
    private static readonly Answer Throttled = new(
        429, """{"error":{"code":"TooManyRequests","message":"Later."}}""", ("Retry-After", "0"));
    private static readonly Answer Unavailable = new(503, """{"error":{"code":"ServiceUnavailable","message":"Later."}}""");

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task A_read_is_repeated_when_the_server_says_later(int status)
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(status), new Answer(status), Answer.Json("""{"name":"m"}"""));
        using var client = server.CreateClient();

        var document = await client.GetAsync(MoverId, default);

        Assert.Equal("m", document["name"]?.ToString());
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_read_is_repeated_when_the_connection_breaks()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Cut, Answer.Json("""{"name":"m"}"""));
        using var client = server.CreateClient();

        var document = await client.GetAsync(MoverId, default);

        Assert.Equal("m", document["name"]?.ToString());
    }

    [Fact]
    public async Task Attempts_end_with_the_servers_last_word()
    {
        await using var server = await ScriptedServer.StartAsync(Unavailable, Unavailable, Unavailable);
        using var client = server.CreateClient(new() { AttemptsMax = 3, FirstDelay = TimeSpan.FromMilliseconds(1) });

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.GetAsync(MoverId, default));

        Assert.Equal("ServiceUnavailable", refused.Error.Code);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task A_wait_that_the_server_asks_for_beyond_the_limit_is_reported_at_once()
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(503, "", ("Retry-After", "3600")));
        using var client = server.CreateClient();

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.GetAsync(MoverId, default));

        Assert.Equal(TimeSpan.FromHours(1), refused.Error.RetryAfter);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    public async Task A_post_whose_outcome_is_open_is_not_repeated(int status)
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(status));
        using var client = server.CreateClient();

        await Assert.ThrowsAsync<ArmException>(() => client.PostAsync(MoverId, "act", null, default));

        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_post_that_was_throttled_is_repeated_because_nothing_was_done()
    {
        await using var server = await ScriptedServer.StartAsync(Throttled, Answer.Json("""{"done":true}"""));
        using var client = server.CreateClient();

        var answer = await client.PostAsync(MoverId, "act", null, default);

        Assert.Equal("true", answer?["done"]?.ToString());
    }

    [Fact]
    public async Task A_post_on_a_broken_connection_says_that_the_outcome_is_unknown()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Cut);
        using var client = server.CreateClient();

        var lost = await Assert.ThrowsAsync<UnreachableServerException>(() => client.PostAsync(MoverId, "act", null, default));

        Assert.False(lost.NeverSent);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_next_address_is_tried_when_one_cannot_be_reached()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("{}"));
        using var client = server.CreateClient(null, null, new Uri("http://127.0.0.1:1"));

        var document = await client.GetAsync(MoverId, default);

        Assert.NotNull(document);
    }

    [Fact]
    public async Task A_refusal_carries_code_message_details_and_correlation_id()
    {
        const string Body = """
            {"error":{"code":"InvalidRequest","message":"No.","target":"properties.host",
            "details":[{"code":"Missing","message":"host","target":"h"}]}}
            """;
        await using var server = await ScriptedServer.StartAsync(new Answer(400, Body, ("x-ms-correlation-request-id", "c-1")));
        using var client = server.CreateClient();

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.GetAsync(MoverId, default));

        Assert.Equal(
            ("InvalidRequest", "No.", "properties.host", 400),
            (refused.Error.Code, refused.Error.Message, refused.Error.Target, refused.Error.Status));
        Assert.Equal("Missing", Assert.Single(refused.Error.Details ?? []).Code);
        Assert.Equal("c-1", refused.CorrelationId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"error\":{\"code\":7}}")]
    public async Task An_error_without_a_body_that_can_be_read_tells_the_status(string body)
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(403, body));
        using var client = server.CreateClient();

        var refused = await Assert.ThrowsAsync<ArmException>(() => client.GetAsync(MoverId, default));

        Assert.Equal(ArmException.NoErrorBody, refused.Error.Code);
        Assert.Contains("403", refused.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_token_is_renewed_once()
    {
        await using var server = await ScriptedServer.StartAsync(new Answer(401), Answer.Json("{}"));
        using var client = server.CreateClient(token: (renew, _) => ValueTask.FromResult(renew ? "new" : "old"));

        await client.GetAsync(MoverId, default);

        Assert.Equal(["Bearer old", "Bearer new"], server.Requests.Select(r => r.Authorization));
    }

    [Fact]
    public async Task Attempts_of_one_call_share_a_correlation_id()
    {
        await using var server = await ScriptedServer.StartAsync(Unavailable, Answer.Json("{}"));
        using var client = server.CreateClient();

        await client.GetAsync(MoverId, default);

        Assert.Single(server.Requests.Select(r => r.CorrelationId).Distinct());
    }

    [Fact]
    public async Task A_put_sends_the_document_and_the_condition()
    {
        await using var server = await ScriptedServer.StartAsync(Answer.Json("{}"));
        using var client = server.CreateClient();

        await client.PutAsync(MoverId, new JsonObject { ["location"] = "eastus" }, default, "\"1\"");

        var asked = Assert.Single(server.Requests);
        Assert.Equal(("PUT", """{"location":"eastus"}""", "\"1\""), (asked.Method, asked.Body, asked.IfMatch));
        Assert.EndsWith("?api-version=2025-12-01", asked.PathAndQuery, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_pinned_authority_is_trusted()
    {
        using var authority = SelfSigned("127.0.0.1");
        using var stranger = SelfSigned("127.0.0.1");
        await using var server = await ScriptedServer.StartAsync(authority, Answer.Json("{}"));

        using var trusting = Pinned(server, authority);
        using var distrusting = Pinned(server, stranger);

        Assert.NotNull(await trusting.GetAsync(MoverId, default));
        var lost = await Assert.ThrowsAsync<UnreachableServerException>(() => distrusting.GetAsync(MoverId, default));
        Assert.True(lost.IsUntrusted);
    }

    [Fact]
    public async Task A_trusted_certificate_for_another_name_is_refused()
    {
        using var authority = SelfSigned("10.1.2.3");
        await using var server = await ScriptedServer.StartAsync(authority, Answer.Json("{}"));
        using var client = Pinned(server, authority);

        var lost = await Assert.ThrowsAsync<UnreachableServerException>(() => client.GetAsync(MoverId, default));

        Assert.True(lost.IsUntrusted);
    }

    [Theory]
    [InlineData(1, 0.0, 150)]
    [InlineData(1, 1.0, 300)]
    [InlineData(3, 1.0, 1200)]
    [InlineData(30, 1.0, 15000)]
    public void Waits_double_with_jitter_up_to_the_limit(int attempt, double jitter, double milliseconds)
    {
        var wait = new ArmRetry().Delay(attempt, null, jitter);

        Assert.Equal(milliseconds, wait.TotalMilliseconds, 3);
    }

    private static MoverClient Pinned(ScriptedServer server, X509Certificate2 authority) => new(
        new() { Addresses = [server.Address], Retry = new() { AttemptsMax = 2, FirstDelay = TimeSpan.FromMilliseconds(1) } },
        ArmTransport.CreateHandler([authority]),
        TimeProvider.System);

    private static X509Certificate2 SelfSigned(string address)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Parse(address));
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }
}
