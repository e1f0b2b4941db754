using System.Net;
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

    [Fact]
    public void Limits_that_let_nothing_through_are_refused_at_the_start() =>
        Assert.Throws<InvalidOperationException>(() => new ThrottleLimits(new(0, 1), new(1, 1), new(1, 1)).Check());
}
