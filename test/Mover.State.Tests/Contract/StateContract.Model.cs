using Mover.Testing;

namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    private const int ModelSteps = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(0)]
    public async Task Random_operations_do_what_the_simple_model_does(int seed)
    {
        // The last row takes the seed that is asked for; the message of a failure says which.
        var chosen = seed != 0 ? seed : Setting.Seed(4);
        var random = new Random(chosen);
        var model = new StateModel();
        var start = (await Store.ListAsync("", null, 1, None)).Revision;

        for (var step = 0; step < ModelSteps; step++)
        {
            var expected = await StepAsync(random, model);
            Assert.True(expected.Length == 0, $"Seed {chosen}, step {step}: {expected}");
        }

        var seen = await ChangesAsync("", start, model.Changes.Count);
        Assert.Equal(model.Changes, seen.Select(change => $"{change.Revision - start} {Show(change)}"));
    }

    // Answers what differs from the model, or nothing.
    private async Task<string> StepAsync(Random random, StateModel model)
    {
        switch (random.Next(10))
        {
            case 0:
                await RestartAsync();
                return string.Empty;
            case 1 or 2:
                var prefix = StateModel.RandomText(random, random.Next(3));
                var after = random.Next(2) == 0 ? null : StateModel.RandomKey(random);
                var limit = random.Next(1, 8);
                return Difference($"list '{prefix}' after '{after}'", string.Join(',', model.List(prefix, after, limit)), string.Join(',', await KeysAsync(prefix, after, limit)));
            case 3:
                var key = StateModel.RandomKey(random);
                return Difference($"get '{key}'", model.Get(key), await ValueAsync(key));
            default:
                return await CommitStepAsync(random, model);
        }
    }

    private async Task<string> CommitStepAsync(Random random, StateModel model)
    {
        var conditions = new List<StateCondition>();
        foreach (var key in StateModel.RandomKeys(random, random.Next(3)))
        {
            var found = await Store.GetAsync(key, None);
            conditions.Add(new(key, random.Next(6) == 0 ? 1_000_000 : found?.ModRevision ?? 0));
        }

        var writes = StateModel.RandomKeys(random, random.Next(5))
            .Select(key => random.Next(3) == 0 ? Delete(key) : Put(key, $"{random.Next(1000)}")).ToList();
        var holds = conditions.TrueForAll(condition => condition.ModRevision != 1_000_000);

        var result = await Store.CommitAsync(conditions, writes, None);

        if (holds)
        {
            model.Apply(writes);
        }

        return Difference("commit", holds ? CommitOutcome.Committed.ToString() : CommitOutcome.ConditionFailed.ToString(), result.Outcome.ToString());
    }

    private static string Difference(string what, string? expected, string? actual) =>
        string.Equals(expected, actual, StringComparison.Ordinal) ? string.Empty : $"{what}: expected '{expected}', got '{actual}'.";
}
