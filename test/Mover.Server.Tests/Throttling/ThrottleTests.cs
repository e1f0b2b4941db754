using System.Net;
using Mover.Server.Settings;
using Mover.Server.Tests.Authorization;
using Mover.Server.Throttling;

namespace Mover.Server.Tests.Throttling;

public sealed class ThrottleTests : IAsyncLifetime
{
    private readonly TestClock _clock = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(
        options => options with { Throttling = new(new(2, 0.2), new(5, 1), new(1, 1)) }, _clock);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_caller_that_reads_too_much_is_told_when_to_come_back_and_may_still_write()
    {
        var path = $"/subscriptions/{_server.Subscription}/resourceGroups";
        var first = await _server.ArmAsync("GET", path);
        await _server.ArmAsync("GET", path);

        var refused = await _server.ArmAsync("GET", path);
        var written = await _server.ArmAsync("PUT", _server.Group(), """{"location":"eastus"}""");
        _clock.Now += TimeSpan.FromSeconds(5);
        var later = await _server.ArmAsync("GET", path);

        Assert.Equal("1", first.Header("x-ms-ratelimit-remaining-subscription-reads"));
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.Equal("SubscriptionRequestsThrottled", await refused.ErrorCodeAsync());
        Assert.Equal("5", refused.Header("Retry-After"));
        Assert.Equal("4", written.Header("x-ms-ratelimit-remaining-subscription-writes"));
        Assert.Equal(HttpStatusCode.OK, later.StatusCode);
    }

    [Fact]
    public async Task Deletes_and_what_is_outside_a_subscription_have_counters_of_their_own()
    {
        var deleted = await _server.ArmAsync("DELETE", _server.Group("none"));
        var tenants = await _server.ArmAsync("GET", "/tenants");

        Assert.Equal("0", deleted.Header("x-ms-ratelimit-remaining-subscription-deletes"));
        Assert.Equal("1", tenants.Header("x-ms-ratelimit-remaining-tenant-reads"));
    }

    [Theory]
    [InlineData("/vaults/v/secrets")]
    [InlineData("/servicePrincipals")]
    [InlineData("/v1.0/servicePrincipals")]
    [InlineData("/no/such/path")]
    [InlineData("/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups?api-version=2021-04-01")]
    public async Task Every_request_counts_toward_the_limit(string path)
    {
        await _server.SendAsync(HttpMethod.Get, path);
        await _server.SendAsync(HttpMethod.Get, path);

        var refused = await _server.SendAsync(HttpMethod.Get, path);

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task Denied_requests_count_toward_the_limit()
    {
        await using var server = await TestServer.StartAsync(
            options => options with { Throttling = new(new(2, 0.001), new(5, 1), new(1, 1)) });
        var caller = await server.NewCallerAsync();
        await caller.GetAsync(server.Group());
        await caller.GetAsync(server.Group());

        var refused = await caller.GetAsync(server.Group());

        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
    }

    [Fact]
    public async Task An_address_that_sends_what_has_to_be_checked_first_is_stopped_before_the_check_and_known_tokens_pass()
    {
        await using var server = await TestServer.StartAsync(
            options => options with { Throttling = ThrottleLimits.Default with { Addresses = new(4, 0.001) } }, _clock);
        var known = await server.ArmAsync("GET", server.Group());
        using var anonymous = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null } });
        var answers = new List<HttpStatusCode>();
        foreach (var path in new[] { "/servicePrincipals", "/t/oauth2/v2.0/token", "/vaults/v/secrets", "/none", "/servicePrincipals" })
        {
            answers.Add((await anonymous.GetAsync(new Uri(server.Url + path))).StatusCode);
        }

        Assert.Equal(HttpStatusCode.NotFound, known.StatusCode);
        Assert.Equal(HttpStatusCode.TooManyRequests, answers[^1]);
        Assert.DoesNotContain(HttpStatusCode.TooManyRequests, answers[..2]);
        Assert.Equal(HttpStatusCode.NotFound, (await server.ArmAsync("GET", server.Group())).StatusCode);
    }

    [Fact]
    public void Limits_that_let_nothing_through_are_refused_at_the_start() =>
        Assert.Throws<InvalidOperationException>(() => new ThrottleLimits(new(0, 1), new(1, 1), new(1, 1)).Check());
}
