namespace Mover.State.Tests.Contract;

public abstract partial class StateContract
{
    [Fact]
    public async Task A_listing_of_keys_has_everything_but_the_values()
    {
        await CommitAsync(Put("k/b", "1"), Put("k/a", "2"), Put("l", "3"));

        var whole = await Store.ListAsync("k/", null, 10, keysOnly: false, None);
        var keys = await Store.ListAsync("k/", null, 10, keysOnly: true, None);

        Assert.Equal(whole.Entries.Select(entry => entry with { Value = default }), keys.Entries.Select(entry => entry with { Value = default }));
        Assert.All(keys.Entries, entry => Assert.True(entry.Value.IsEmpty));
        Assert.Equal((whole.Revision, false), (keys.Revision, keys.HasMore));
        Assert.True((await Store.ListAsync("k/", null, 1, keysOnly: true, None)).HasMore);
    }

    [Fact]
    public async Task A_listing_is_in_byte_order_whatever_the_alphabet()
    {
        string[] inOrder = ["A", "Z", "a", "a b", "a.txt", "a/b", "a0", "z", "\u00e9", "\u0434", "\u4e2d", "\ufffd", "\U0001F600"];
        await CommitAsync([.. inOrder.Reverse().Select(key => Put(key, "x"))]);

        Assert.Equal(inOrder, await KeysAsync(""));
    }

    [Theory]
    [InlineData("a/", "a/1,a/2")]
    [InlineData("a", "a,a-,a/1,a/2,a0")]
    [InlineData("a_", "")]
    [InlineData("%", "%x")]
    [InlineData("b", "")]
    [InlineData("é", "é1")]
    [InlineData("😀", "😀,😀x")]
    public async Task A_prefix_means_those_characters_and_nothing_else(string prefix, string expected)
    {
        await CommitAsync([.. new[] { "a", "a-", "a/1", "a/2", "a0", "A/1", "%x", "é1", "ê", "😀", "😀x", "😁" }.Select(key => Put(key, "x"))]);

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), await KeysAsync(prefix));
    }

    [Fact]
    public async Task A_listing_with_an_empty_prefix_and_store_is_empty()
    {
        var page = await Store.ListAsync("", null, 10, None);

        Assert.Empty(page.Entries);
        Assert.False(page.HasMore);
    }

    [Fact]
    public async Task A_listed_entry_is_as_it_was_written()
    {
        var lease = await Store.GrantLeaseAsync(TimeSpan.FromMinutes(5), None);
        var revision = await CommitAsync(Put("a", "1", lease));

        var entry = Assert.Single((await Store.ListAsync("a", null, 10, None)).Entries);

        Assert.Equal(("a", revision, lease), (entry.Key, entry.ModRevision, entry.LeaseId));
        Assert.Equal(Bytes("1"), entry.Value.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(11)]
    public async Task Pages_together_hold_every_key_once(int limit)
    {
        var keys = Enumerable.Range(0, 10).Select(at => $"k/{at}").ToList();
        await CommitAsync([.. keys.Select(key => Put(key, "x")), Put("k0", "x"), Put("j", "x")]);

        var found = new List<string>();
        StatePage page;
        do
        {
            page = await Store.ListAsync("k/", found.LastOrDefault(), limit, None);
            Assert.InRange(page.Entries.Count, 1, limit);
            found.AddRange(page.Entries.Select(entry => entry.Key));
        }
        while (page.HasMore);

        Assert.Equal(keys, found);
    }

    [Theory]
    [InlineData(null, "k/a,k/b")]
    [InlineData("", "k/a,k/b")]
    [InlineData("a", "k/a,k/b")]
    [InlineData("k/", "k/a,k/b")]
    [InlineData("k/a", "k/b")]
    [InlineData("k/aa", "k/b")]
    [InlineData("k/b", "")]
    [InlineData("z", "")]
    public async Task A_listing_continues_after_any_text_that_is_a_key_or_not(string? after, string expected)
    {
        await CommitAsync(Put("k/a", "x"), Put("k/b", "x"), Put("l", "x"));

        Assert.Equal(expected.Split(',', StringSplitOptions.RemoveEmptyEntries), await KeysAsync("k/", after));
    }

    [Fact]
    public async Task A_full_page_holds_a_thousand_entries()
    {
        for (var at = 0; at < 1010; at += 101)
        {
            await CommitAsync([.. Enumerable.Range(at, 101).Select(n => Put($"k{n:D4}", "x"))]);
        }

        var page = await Store.ListAsync("k", null, StateLimits.PageEntriesMax, None);

        Assert.Equal((StateLimits.PageEntriesMax, true), (page.Entries.Count, page.HasMore));
    }

    [Fact]
    public async Task Large_values_all_come_however_many_pages_that_takes()
    {
        for (var at = 0; at < 12; at++)
        {
            await Store.CommitAsync([], [new($"k{at:D2}", new byte[StateLimits.ValueBytesMax])], None);
        }

        var found = new List<string>();
        StatePage page;
        do
        {
            page = await Store.ListAsync("k", found.LastOrDefault(), 100, None);
            found.AddRange(page.Entries.Select(entry => entry.Key));
        }
        while (page.HasMore);

        Assert.Equal(12, found.Count);
    }

    [Fact]
    public async Task A_page_is_one_moment_of_the_store()
    {
        await CommitAsync(Put("k/a", "0"), Put("k/b", "0"));
        using var stop = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var at = 1; !stop.IsCancellationRequested; at++)
            {
                await CommitAsync(Put("k/a", $"{at}"), Put("k/b", $"{at}"));
            }
        });

        for (var at = 0; at < 200; at++)
        {
            var page = await Store.ListAsync("k/", null, 10, None);
            Assert.Equal(page.Entries[0].Value.ToArray(), page.Entries[1].Value.ToArray());
            Assert.InRange(page.Entries[0].ModRevision, 1, page.Revision);
        }

        await stop.CancelAsync();
        await writer;
    }
}
