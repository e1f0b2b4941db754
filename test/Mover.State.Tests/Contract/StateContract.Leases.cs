namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task A_lapsed_leases_keys_vanish_in_one_watched_commit()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        var start = await CommitAsync(Put("l/a", "1", lease), Put("l/b", "1", lease), Put("l/c", "1"));

        await PassAsync(Short);
        var changes = await ChangesAsync("l/", start, 2);

        Assert.Equal(["l/a gone", "l/b gone"], changes.Select(Show).Order(StringComparer.Ordinal));
        Assert.Equal([start + 1, start + 1], changes.Select(change => change.Revision));
        Assert.Equal(["l/c"], await KeysAsync("l/"));
    }

    [Fact]
    public async Task A_lease_that_is_kept_does_not_lapse()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        await CommitAsync(Put("l/a", "1", lease));

        // Together longer than the lease; each wait leaves a busy machine most of it.
        for (var at = 0; at < 8; at++)
        {
            await PassAsync(Short / 6);
            Assert.True(await Store.KeepLeaseAsync(lease, None));
        }

        Assert.Equal("1", await ValueAsync("l/a"));
    }

    [Fact]
    public async Task A_lease_holds_its_keys_until_its_time_is_over()
    {
        var lease = await Store.GrantLeaseAsync(TimeSpan.FromMinutes(1), None);
        await CommitAsync(Put("l/a", "1", lease));

        await PassAsync(Short);

        Assert.Equal("1", await ValueAsync("l/a"));
        Assert.True(await Store.KeepLeaseAsync(lease, None));
    }

    [Fact]
    public async Task Keeping_a_lapsed_lease_says_so_and_its_keys_are_gone_by_then()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        var start = await CommitAsync(Put("l/a", "1", lease));
        await PassAsync(Short);
        await ChangesAsync("l/", start, 1);

        var kept = await Store.KeepLeaseAsync(lease, None);

        Assert.False(kept);
        Assert.Null(await ValueAsync("l/a"));
    }

    [Fact]
    public async Task Keeping_a_lease_that_was_never_granted_says_no() => Assert.False(await Store.KeepLeaseAsync(987654321, None));

    [Fact]
    public async Task A_revoked_leases_keys_are_gone_at_once()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        var start = await CommitAsync(Put("l/a", "1", lease));

        await Store.RevokeLeaseAsync(lease, None);

        Assert.Null(await ValueAsync("l/a"));
        Assert.False(await Store.KeepLeaseAsync(lease, None));
        Assert.Equal("l/a gone", Show(Assert.Single(await ChangesAsync("l/", start, 1))));
    }

    [Fact]
    public async Task Revoking_a_lease_twice_or_an_unknown_one_is_not_an_error()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        await Store.RevokeLeaseAsync(lease, None);

        await Store.RevokeLeaseAsync(lease, None);
        await Store.RevokeLeaseAsync(987654321, None);
    }

    [Fact]
    public async Task Ending_a_lease_without_keys_changes_nothing()
    {
        var before = await CommitAsync(Put("a", "1"));
        var lease = await Store.GrantLeaseAsync(Short, None);

        await Store.RevokeLeaseAsync(lease, None);

        Assert.Equal(before + 1, await CommitAsync(Put("a", "2")));
    }

    [Fact]
    public async Task A_key_written_again_without_the_lease_stays()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        await CommitAsync(Put("l/a", "1", lease));
        await CommitAsync(Put("l/a", "2"));

        await Store.RevokeLeaseAsync(lease, None);

        Assert.Equal("2", await ValueAsync("l/a"));
    }

    [Fact]
    public async Task A_key_moves_to_the_lease_it_was_written_with_last()
    {
        var first = await Store.GrantLeaseAsync(Short, None);
        var second = await Store.GrantLeaseAsync(TimeSpan.FromMinutes(5), None);
        await CommitAsync(Put("l/a", "1", first));
        await CommitAsync(Put("l/a", "2", second));

        await Store.RevokeLeaseAsync(first, None);
        var held = await ValueAsync("l/a");
        await Store.RevokeLeaseAsync(second, None);

        Assert.Equal("2", held);
        Assert.Null(await ValueAsync("l/a"));
    }

    [Fact]
    public async Task A_commit_with_an_ended_lease_writes_nothing_and_says_why()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        await Store.RevokeLeaseAsync(lease, None);

        var result = await Store.CommitAsync([], [Put("a", "1"), Put("l/a", "1", lease)], None);

        Assert.Equal(CommitOutcome.LeaseLapsed, result.Outcome);
        Assert.Equal((null, null), (await ValueAsync("a"), await ValueAsync("l/a")));
    }

    [Fact]
    public async Task A_failed_condition_is_told_before_an_ended_lease()
    {
        var result = await Store.CommitAsync([new("a", 5)], [Put("l/a", "1", 987654321)], None);

        Assert.Equal(CommitOutcome.ConditionFailed, result.Outcome);
    }

    [Fact]
    public async Task A_restart_gives_a_lease_its_full_time_again()
    {
        var lease = await Store.GrantLeaseAsync(Short, None);
        var start = await CommitAsync(Put("l/a", "1", lease));

        await RestartAsync();
        var kept = await Store.KeepLeaseAsync(lease, None);
        var held = await ValueAsync("l/a");
        await PassAsync(Short);

        Assert.True(kept);
        Assert.Equal("1", held);
        Assert.Equal("l/a gone", Show(Assert.Single(await ChangesAsync("l/", start, 1))));
    }

    [Fact]
    public async Task A_lease_id_is_never_granted_twice()
    {
        var first = await Store.GrantLeaseAsync(Short, None);
        await Store.RevokeLeaseAsync(first, None);
        await RestartAsync();

        var second = await Store.GrantLeaseAsync(Short, None);

        Assert.NotEqual(first, second);
        Assert.NotEqual(0, second);
    }
}
