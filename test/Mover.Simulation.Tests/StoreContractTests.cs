using Mover.State;
using Mover.State.Tests;
using Mover.State.Tests.Contract;

namespace Mover.Simulation;

/// <summary>The simulation's store keeps the contract that the engines keep.</summary>
public class StoreContractTests : StateContract
{
    private readonly TestClock _clock = new();
    private SimState? _state;

    protected override ValueTask<IStateStore> OpenAsync() => new(new SimStore(_state ??= new(_clock), _clock, new StoreWire()));

    protected override ValueTask CleanAsync() => ValueTask.CompletedTask;

    protected override ValueTask PassAsync(TimeSpan time)
    {
        _clock.Advance(time);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask DropHistoryAsync(long upTo)
    {
        _clock.Advance(TimeSpan.FromHours(1));
        return ValueTask.CompletedTask;
    }
}
