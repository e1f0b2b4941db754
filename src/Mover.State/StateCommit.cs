namespace Mover.State;

/// <summary>A commit that keeps the contract's limits, with its keys as the engines order them.</summary>
internal sealed record StateCommit(
    IReadOnlyList<StateCondition> Conditions,
    IReadOnlyList<StateWrite> Writes,
    byte[][] ConditionKeys,
    byte[][] WriteKeys)
{
    /// <summary>
    /// Checks the limits; throws <see cref="StateException"/> or, for a key written twice, <see cref="ArgumentException"/>.
    /// </summary>
    public static StateCommit Check(IReadOnlyList<StateCondition> conditions, IReadOnlyList<StateWrite> writes)
    {
        var (conditionKeys, writeKeys) = StateRules.CheckCommit(conditions, writes);
        return new(conditions, writes, conditionKeys, writeKeys);
    }
}
