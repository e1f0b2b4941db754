namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    [Fact]
    public async Task A_read_takes_no_more_keys_than_a_commit()
    {
        var keys = Enumerable.Range(0, StateLimits.CommitOperationsMax + 1).Select(at => $"k{at}").ToList();

        var atLimit = await Store.ReadAsync(keys[1..], None);
        var fault = await FaultAsync(async () => await Store.ReadAsync(keys, None));

        Assert.Equal(StateLimits.CommitOperationsMax, atLimit.Entries.Count);
        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
    }

    [Fact]
    public async Task The_largest_commit_with_the_longest_conditions_is_taken_and_a_byte_more_is_refused()
    {
        var names = Enumerable.Range(0, 57).Select(at => $"{at:d4}".PadRight(StateLimits.KeyBytesMax, 'k'));
        List<StateCondition> conditions = [.. names.Select(name => new StateCondition(name, 0))];
        var left = StateLimits.CommitBytesMax - StateLimits.ValueBytesMax - (2 * conditions.Count * StateLimits.KeyBytesMax) - 2;

        var taken = await Store.CommitAsync(
            conditions, [new("a", new byte[StateLimits.ValueBytesMax]), new("b", new byte[left])], None);
        var fault = await FaultAsync(async () => await Store.CommitAsync(
            conditions, [new("a", new byte[StateLimits.ValueBytesMax]), new("b", new byte[left + 1])], None));

        Assert.Equal(CommitOutcome.Committed, taken.Outcome);
        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
    }

    [Fact]
    public async Task A_commit_takes_as_many_conditions_and_writes_as_the_limit()
    {
        var keys = Enumerable.Range(0, StateLimits.CommitOperationsMax).Select(at => $"k{at}").ToList();

        var result = await Store.CommitAsync([.. keys.Select(key => new StateCondition(key, 0))], [.. keys.Select(key => Put(key, "x"))], None);

        Assert.Equal(CommitOutcome.Committed, result.Outcome);
    }

    [Theory]
    [InlineData(StateLimits.CommitOperationsMax + 1, 0)]
    [InlineData(0, StateLimits.CommitOperationsMax + 1)]
    public async Task A_commit_over_the_limit_of_operations_is_refused(int conditions, int writes)
    {
        var fault = await FaultAsync(async () => await Store.CommitAsync(
            [.. Enumerable.Range(0, conditions).Select(at => new StateCondition($"k{at}", 0))],
            [.. Enumerable.Range(0, writes).Select(at => Put($"k{at}", "x"))],
            None));

        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
        Assert.Empty(await KeysAsync(""));
    }

    [Fact]
    public async Task A_value_over_the_limit_is_refused()
    {
        var fault = await FaultAsync(async () => await Store.CommitAsync([], [new("a", new byte[StateLimits.ValueBytesMax + 1])], None));

        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
    }

    [Fact]
    public async Task A_commit_over_the_limit_of_bytes_is_refused_and_one_at_it_is_taken()
    {
        StateWrite[] atLimit = [new("a", new byte[StateLimits.ValueBytesMax]), new("b", new byte[StateLimits.CommitBytesMax - StateLimits.ValueBytesMax - 2])];

        await CommitAsync(atLimit);
        var fault = await FaultAsync(() => CommitAsync([.. atLimit, new("c", null)]));

        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
    }

    [Fact]
    public async Task A_key_at_the_limit_of_bytes_is_taken_and_one_over_it_refused()
    {
        var longest = new string('é', StateLimits.KeyBytesMax / 2);

        await CommitAsync(Put(longest, "x"));
        var read = await FaultAsync(async () => await Store.GetAsync(longest + "x", None));
        var write = await FaultAsync(() => CommitAsync(Put(longest + "x", "x")));
        var condition = await FaultAsync(async () => await Store.CommitAsync([new(longest + "x", 0)], [], None));

        Assert.Equal("x", await ValueAsync(longest));
        Assert.All([read, write, condition], fault => Assert.Equal(StateFault.LimitExceeded, fault.Fault));
    }

    [Fact]
    public async Task A_key_is_not_empty_and_is_well_formed_text()
    {
        var empty = await FaultAsync(() => CommitAsync(Put("", "x")));
        var malformed = await FaultAsync(() => CommitAsync(Put("a\ud800", "x")));

        Assert.Equal([StateFault.LimitExceeded, StateFault.LimitExceeded], [empty.Fault, malformed.Fault]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(StateLimits.PageEntriesMax + 1)]
    public async Task A_page_size_out_of_range_is_refused(int limit)
    {
        var fault = await FaultAsync(async () => await Store.ListAsync("", null, limit, None));

        Assert.Equal(StateFault.LimitExceeded, fault.Fault);
    }

    [Fact]
    public async Task A_lease_out_of_range_is_refused()
    {
        var brief = await FaultAsync(async () => await Store.GrantLeaseAsync(StateLimits.LeaseMin - TimeSpan.FromMilliseconds(1), None));
        var endless = await FaultAsync(async () => await Store.GrantLeaseAsync(StateLimits.LeaseMax + TimeSpan.FromMilliseconds(1), None));

        Assert.Equal([StateFault.LimitExceeded, StateFault.LimitExceeded], [brief.Fault, endless.Fault]);
    }

    [Fact]
    public async Task A_commit_that_writes_a_key_twice_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => CommitAsync(Put("a", "1"), Delete("a")));

        Assert.Null(await ValueAsync("a"));
    }

    [Fact]
    public async Task Keys_with_strange_characters_are_kept_as_they_are()
    {
        string[] strange = ["\0", "\0\0", "a\0b", " ", "'; DROP TABLE entries; --", "a\nb", "%_*?[", "/subscriptions/\u00e9"];
        await CommitAsync([.. strange.Select(key => Put(key, "x"))]);

        Assert.Equal(strange.Order(StringComparer.Ordinal), await KeysAsync(""));
    }
}
