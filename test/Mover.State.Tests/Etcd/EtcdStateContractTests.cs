using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;
using Mover.State.Tests.Contract;
using Mover.Testing;

namespace Mover.State.Tests.Etcd;

/// <summary>The engine over etcd keeps the contract.</summary>
public sealed class EtcdStateContractTests
{
    public static TheoryData<string, int> ContractTests
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var test in typeof(StateContract).GetMethods().Where(method => method.IsDefined(typeof(FactAttribute))))
            {
                for (var row = 0; row < Math.Max(1, test.GetCustomAttributes<InlineDataAttribute>().Count()); row++)
                {
                    data.Add(test.Name, row);
                }
            }

            return data;
        }
    }

    [RequiresTheory("MOVER_ETCD")]
    [MemberData(nameof(ContractTests))]
    public async Task The_contract_holds(string test, int row)
    {
        await using var server = await EtcdServer.StartQuickAsync();
        var contract = new OverEtcd(server);
        var method = typeof(StateContract).GetMethod(test)!;
        var arguments = method.GetCustomAttributes<InlineDataAttribute>().ElementAtOrDefault(row)?.GetData(method).Single();
        await contract.InitializeAsync();

        try
        {
            await (Task)method.Invoke(contract, arguments)!;
        }
        finally
        {
            await contract.DisposeAsync();
        }
    }

    private sealed class OverEtcd(EtcdServer server) : StateContract
    {
        // A lease lapses by etcd's clock, which only time itself moves; what waits for longer than this waits for Mover's.
        private static readonly TimeSpan RealMax = TimeSpan.FromSeconds(3);

        private readonly TestClock _clock = new();
        private EtcdStateStore? _open;

        protected override async ValueTask<IStateStore> OpenAsync() => _open = await EtcdStateStore.OpenAsync(
            new() { Endpoints = server.Endpoints, CallTimeout = TimeSpan.FromSeconds(10) }, _clock, NullLogger<EtcdStateStore>.Instance, default);

        protected override ValueTask CleanAsync() => ValueTask.CompletedTask;

        protected override async ValueTask PassAsync(TimeSpan time)
        {
            _clock.Advance(time);
            await Task.Delay(time < RealMax ? time : RealMax);
        }

        protected override async ValueTask DropHistoryAsync(long upTo)
        {
            while (await IsKeptAsync(upTo - 1))
            {
                _clock.Advance(TimeSpan.FromMinutes(1));
            }
        }

        private async Task<bool> IsKeptAsync(long revision)
        {
            using var stop = new CancellationTokenSource();
            await using var watch = _open!.WatchAsync("", revision, stop.Token).GetAsyncEnumerator();
            try
            {
                return await watch.MoveNextAsync();
            }
            catch (StateException gone) when (gone.Fault == StateFault.HistoryGone)
            {
                return false;
            }
        }
    }
}
