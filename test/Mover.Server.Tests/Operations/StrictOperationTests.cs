using System.Net;

namespace Mover.Server.Tests.Operations;

/// <summary>Deletes that go on after their answer, as the ARM contract asks.</summary>
public sealed class StrictOperationTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Accepted_is_answered_without_a_body_with_two_places_to_ask_and_a_time_to_wait()
    {
        await _server.CreateMoverAsync();

        var accepted = await _server.DeleteAsync(_server.Mover());

        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        Assert.Empty(await accepted.Content.ReadAsByteArrayAsync());
        Assert.Contains("/operationStatuses/", accepted.Header("Azure-AsyncOperation"), StringComparison.Ordinal);
        Assert.Contains("/operationResults/", accepted.Header("Location"), StringComparison.Ordinal);
        Assert.True(accepted.Headers.RetryAfter?.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task The_result_is_in_the_end_what_a_delete_that_did_not_take_long_answers()
    {
        await _server.CreateMoverAsync();

        var done = await _server.FollowAsync(await _server.DeleteAsync(_server.Mover()));

        Assert.Equal(HttpStatusCode.NoContent, done.StatusCode);
        Assert.Empty(await done.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task The_status_is_always_200_and_ends_as_succeeded()
    {
        await _server.CreateMoverAsync();
        var accepted = await _server.DeleteAsync(_server.Mover());
        var url = new Uri(new Uri(accepted.Header("Azure-AsyncOperation")).PathAndQuery, UriKind.Relative);

        var statuses = new List<string?>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (statuses.LastOrDefault() != "Succeeded")
        {
            var answer = await _server.Http.GetAsync(url, limit.Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            statuses.Add((string?)(await answer.JsonAsync())["status"]);
        }

        Assert.All(statuses, status => Assert.Contains(status, new[] { "Deleting", "Succeeded" }));
    }
}
