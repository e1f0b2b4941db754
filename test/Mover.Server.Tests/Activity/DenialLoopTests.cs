using Microsoft.Extensions.Logging.Abstractions;
using Mover.Core.Access;
using Mover.Server.Activity;
using Mover.State;
using Mover.State.Documents;
using Mover.State.Sqlite;
using Mover.State.Tests;

namespace Mover.Server.Tests.Activity;

/// <summary>Denials on their way into the audit log, when the store does not take them.</summary>
public sealed class DenialLoopTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mover-denials-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(StateFault.Unavailable, false)]
    [InlineData(StateFault.OutcomeUnknown, true)]
    [InlineData(StateFault.OutcomeUnknown, false)]
    public async Task Denials_that_failed_to_save_are_retried_and_recorded_once(StateFault fault, bool applies)
    {
        await using var store = new RefusingStore(
            SqliteStateStore.Open(
                new() { Path = Path.Combine(_folder, "state.db") }, TimeProvider.System, NullLogger<SqliteStateStore>.Instance),
            fault, applies, times: 2);
        var (denials, audit) = (new DenialLog(TimeProvider.System), new AuditLog(store));
        for (var at = 0; at < 3; at++)
        {
            denials.Add(new("me", "me", "me", PrincipalKind.User), new("a/read", "/"), $"c{at}");
        }

        using var loop = new DenialLoop(denials, audit, TimeProvider.System, NullLogger<DenialLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        await store.Taken.WaitAsync(TimeSpan.FromSeconds(30));
        await loop.StopAsync(CancellationToken.None);

        var written = await audit.ListAsync(DateTimeOffset.MinValue, DateTimeOffset.MaxValue, CancellationToken.None).ToListAsync();
        Assert.Equal(["c0", "c1", "c2"], written.Select(record => record.Correlation).Order());
    }

    private sealed class RefusingStore(IStateStore inner, StateFault fault, bool applies, int times) : PassingStore(inner)
    {
        private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = times;

        public Task Taken => _taken.Task;

        public override async ValueTask<CommitResult> CommitAsync(
            IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes, CancellationToken cancel)
        {
            var isRefused = _left-- > 0;
            var result = !isRefused || applies ? await base.CommitAsync(conditions, writes, cancel) : default;
            if (isRefused)
            {
                throw new StateException(fault, "No.");
            }

            _taken.TrySetResult();
            return result;
        }
    }
}
