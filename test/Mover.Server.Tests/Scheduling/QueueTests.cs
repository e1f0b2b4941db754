using Microsoft.Extensions.DependencyInjection;
using Mover.Core.AgentProtocol;
using Mover.Core.Arm;
using Mover.Core.Jobs;
using Mover.Core.Resources;
using Mover.Server.JobRuns;
using Mover.State.Documents;

namespace Mover.Server.Tests.Scheduling;

/// <summary>An agent's queue is first in, first out.</summary>
public sealed class QueueTests : IAsyncLifetime
{
    private TestServer _server = null!;

    private DocumentStore Documents => _server.Services.GetRequiredService<DocumentStore>();

    private ResourceId Agent => ResourceId.TryParse(_server.Mover() + "/agents/a1", out var id) ? id : default;

    public async Task InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _server.CreateJobAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    // Several times what one look at the queue reads; every other start is by an instance whose clock is an hour behind.
    [Fact]
    public async Task Several_hundred_runs_are_given_out_in_the_order_of_their_starts_whatever_the_clocks_say()
    {
        var started = new List<string>();
        for (var at = 0; at < 240; at++)
        {
            var definition = await DefineAsync($"q{at}");
            started.Add(await StartAsync(definition, at % 2 == 0 ? TimeSpan.Zero : TimeSpan.FromHours(-1)));
        }

        var given = new List<string>();
        while (await ClaimAsync() is { } run)
        {
            given.Add(run);
        }

        Assert.Equal(started, given);
    }

    [Fact]
    public async Task Starts_at_the_same_time_get_a_place_each()
    {
        var definitions = new List<ResourceId>();
        for (var at = 0; at < 8; at++)
        {
            definitions.Add(await DefineAsync($"q{at}"));
        }

        var started = await Task.WhenAll(definitions.Select(id => StartAsync(id, TimeSpan.Zero)));

        var queue = await QueueAsync();
        Assert.Equal(started.Order(StringComparer.Ordinal), queue.Select(entry => entry.Value.RunId).Order(StringComparer.Ordinal));
        Assert.Equal(8, (await Documents.GetAsync(StartMark.KeyOf(Agent), Mover.Server.JobRuns.RunsJson.Default.StartMark, default))!.Value.Number);
    }

    [Fact]
    public async Task A_run_that_was_queued_without_a_number_is_given_out_first()
    {
        var old = await StartAsync(await DefineAsync("q1"), TimeSpan.Zero);
        await MakeOldAsync(old);
        var numbered = await StartAsync(await DefineAsync("q2"), TimeSpan.FromHours(-1));

        Assert.Equal(new[] { old, numbered, null }, new[] { await ClaimAsync(), await ClaimAsync(), await ClaimAsync() }.AsEnumerable());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopping_a_run_that_waits_takes_it_out_of_the_queue(bool isOld)
    {
        var run = await StartAsync(IdOf("j1"), TimeSpan.Zero);
        await (isOld ? MakeOldAsync(run) : Task.CompletedTask);

        await _server.PostAsync(_server.Definition() + "/stopJob");

        Assert.Empty(await QueueAsync());
        Assert.Equal("Canceled", (string?)(await (await _server.GetAsync(run)).JsonAsync())["properties"]!["status"]);
    }

    // As the program before numbers wrote it: under the run's name, and in no index.
    private async Task MakeOldAsync(string run)
    {
        Assert.True(ResourceId.TryParse(run, out var id));
        var entry = (await QueueAsync()).Single(queued => queued.Value.RunId == run);
        await Documents.CommitAsync(
            [
                DocumentWrite.Delete(entry.Key),
                DocumentWrite.Put(
                    DocumentKey.Internal(QueuedRun.UnnumberedPlaceOf(Agent, id.Name)), entry.Value, MoverJson.Wire.QueuedRun),
                DocumentWrite.Delete(ActiveRun.KeyOf(Agent, id)),
            ],
            Stamp(TimeSpan.Zero),
            default);
    }

    private async Task<IReadOnlyList<Document<QueuedRun>>> QueueAsync() => (await Documents.ListInternalAsync(
        DocumentKey.Internal(QueuedRun.PlaceOf(Agent)), MoverJson.Wire.QueuedRun, null, 1000, default)).Documents;

    private async Task<string?> ClaimAsync() => (await _server.Services.GetRequiredService<RunClaims>()
        .FindWorkAsync(Agent, new(Guid.NewGuid().ToString(), [], [], 0), default)).Order?.RunId;

    private async Task<string> StartAsync(ResourceId definition, TimeSpan clockOff)
    {
        var started = await _server.Services.GetRequiredService<JobStarter>().StartAsync(definition, Stamp(clockOff), due: null, default);
        Assert.True(started.Try(out var run, out var refusal), refusal?.Message);
        return run.Text;
    }

    private async Task<ResourceId> DefineAsync(string name)
    {
        var first = await Documents.GetAsync(IdOf("j1"), MoverJson.Wire.JobDefinition, default);
        await Documents.PutAsync(
            IdOf(name), first!.Value with { Id = IdOf(name).Text, Name = name }, MoverJson.Wire.JobDefinition, DocumentCondition.Absent,
            Stamp(TimeSpan.Zero), default);
        return IdOf(name);
    }

    private ResourceId IdOf(string definition) => ResourceId.TryParse(_server.Definition(definition), out var id) ? id : default;

    private static WriteStamp Stamp(TimeSpan clockOff) =>
        new("test", "User", TimeProvider.System.GetUtcNow() + clockOff, Guid.NewGuid().ToString());
}
