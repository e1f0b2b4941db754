using Microsoft.Extensions.Logging.Abstractions;
using Mover.State.Etcd;

namespace Mover.State.Tests.Etcd;

/// <summary>What the engine over etcd refuses at its start, and how it says so.</summary>
public sealed class EtcdStartTests
{
    [Theory]
    [InlineData("3.4.23")]
    [InlineData("3.5.15")]
    [InlineData("3.5.15+git")]
    [InlineData("new")]
    public async Task A_member_that_is_too_old_is_refused_with_its_address_and_version(string version)
    {
        await using var member = await ScriptedMember.StartAsync();
        member.Status.Version = version;

        var fault = await RefusedAsync(member.Address);

        Assert.Contains(member.Address.ToString(), fault.Message, StringComparison.Ordinal);
        Assert.Contains(version, fault.Message, StringComparison.Ordinal);
        Assert.Contains("3.5.16", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("3.5.16")]
    [InlineData("3.5.21")]
    [InlineData("3.6.0-rc.1")]
    public async Task A_member_that_is_new_enough_is_taken(string version)
    {
        await using var member = await ScriptedMember.StartAsync();
        member.Status.Version = version;

        await using var store = await OpenAsync(member.Address);

        Assert.Equal(5, (await store.ReadAsync([], default)).Revision);
    }

    [Fact]
    public async Task One_old_member_among_new_ones_is_refused()
    {
        await using var good = await ScriptedMember.StartAsync();
        await using var old = await ScriptedMember.StartAsync();
        old.Status.Version = "3.4.23";

        var fault = await RefusedAsync(good.Address, old.Address);

        Assert.Contains(old.Address.ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_old_member_that_nobody_named_is_refused_too()
    {
        await using var named = await ScriptedMember.StartAsync();
        await using var old = await ScriptedMember.StartAsync();
        old.Status.Version = "3.4.23";
        named.Members.Members.Add(new Mover.State.Etcd.Wire.Member { ID = 2, ClientURLs = { "http://127.0.0.1:1", old.Address.ToString() } });

        var fault = await RefusedAsync(named.Address);

        Assert.Contains(old.Address.ToString(), fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Members_of_two_clusters_are_refused()
    {
        await using var one = await ScriptedMember.StartAsync();
        await using var other = await ScriptedMember.StartAsync();
        other.Status.Header.ClusterId = 8;

        var fault = await RefusedAsync(one.Address, other.Address);

        Assert.Contains("another cluster", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_that_comes_back_too_old_is_not_used()
    {
        await using var member = await ScriptedMember.StartAsync();
        await using var store = await OpenAsync(member.Address);
        member.Commit = (14, "etcdserver: no leader");
        await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));
        member.Status.Version = "3.4.23";
        while (member.Calls("Status") < 4)
        {
            await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));
        }

        var before = member.Calls("Commit");
        var fault = await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));

        Assert.Equal(before, member.Calls("Commit"));
        Assert.Contains("3.4.23", fault.Message, StringComparison.Ordinal);
        Assert.Equal(StateFault.Unavailable, fault.Fault);
    }

    [Fact]
    public async Task An_address_without_a_server_is_named()
    {
        var fault = await RefusedAsync(new Uri("http://127.0.0.1:1"));

        Assert.Contains("http://127.0.0.1:1/", fault.Message, StringComparison.Ordinal);
        Assert.Contains("refused", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_without_a_leader_is_waited_for_and_then_named()
    {
        await using var member = await ScriptedMember.StartAsync();
        member.Status.Leader = 0;

        var fault = await RefusedAsync(member.Address);

        Assert.Contains("it has no leader", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mover", "http://127.0.0.1:1")]
    [InlineData("/", "http://127.0.0.1:1")]
    [InlineData("mover/", "ftp://127.0.0.1:1")]
    [InlineData("mover/", "http://127.0.0.1:1/v3")]
    public async Task Options_that_no_etcd_could_serve_are_refused(string prefix, string endpoint) =>
        await Assert.ThrowsAsync<ArgumentException>(() => EtcdStateStore.OpenAsync(
            new() { Endpoints = [new(endpoint)], Prefix = prefix }, TimeProvider.System, NullLogger<EtcdStateStore>.Instance, default));

    [Theory]
    [InlineData(14, "etcdserver: request timed out")]
    [InlineData(14, "etcdserver: request timed out, possibly due to previous leader failure")]
    [InlineData(14, "etcdserver: server stopped")]
    [InlineData(14, "etcdserver: leader changed")]
    [InlineData(-1, "")]
    public async Task A_commit_that_may_have_been_applied_is_sent_once_and_its_outcome_unknown(int status, string text)
    {
        await using var member = await ScriptedMember.StartAsync();
        await using var store = await OpenAsync(member.Address);
        member.Commit = status < 0 ? null : (status, text);

        var fault = await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));

        Assert.Equal(StateFault.OutcomeUnknown, fault.Fault);
        Assert.Equal(1, member.Calls("Commit"));
    }

    [Theory]
    [InlineData(14, "etcdserver: no leader")]
    [InlineData(8, "etcdserver: too many requests")]
    [InlineData(2, "raft proposal dropped")]
    public async Task A_commit_that_was_certainly_not_applied_is_sent_again_for_a_while(int status, string text)
    {
        await using var member = await ScriptedMember.StartAsync();
        await using var store = await OpenAsync(member.Address);
        member.Commit = (status, text);

        var fault = await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));

        Assert.Equal(StateFault.Unavailable, fault.Fault);
        Assert.InRange(member.Calls("Commit"), 2, int.MaxValue);
    }

    [Theory]
    [InlineData(8, "etcdserver: mvcc: database space exceeded", StateFault.Full)]
    [InlineData(3, "etcdserver: request is too large", StateFault.LimitExceeded)]
    [InlineData(8, "grpc: received message larger than max (2000000 vs. 1572864)", StateFault.LimitExceeded)]
    [InlineData(3, "etcdserver: too many operations in txn request", StateFault.LimitExceeded)]
    [InlineData(7, "etcdserver: permission denied", StateFault.Unavailable)]
    public async Task What_etcd_refuses_is_told_once_in_the_contracts_words(int status, string text, StateFault expected)
    {
        await using var member = await ScriptedMember.StartAsync();
        await using var store = await OpenAsync(member.Address);
        member.Commit = (status, text);

        var fault = await Assert.ThrowsAsync<StateException>(() => CommitAsync(store));

        Assert.Equal(expected, fault.Fault);
        Assert.Contains(text, fault.Message, StringComparison.Ordinal);
        Assert.Equal(1, member.Calls("Commit"));
    }

    private static async Task CommitAsync(EtcdStateStore store) => await store.CommitAsync([], [new("a", new byte[1])], default);

    private static Task<EtcdStateStore> OpenAsync(params Uri[] endpoints) => EtcdStateStore.OpenAsync(
        new() { Endpoints = endpoints, Patience = TimeSpan.FromSeconds(1), CallTimeout = TimeSpan.FromSeconds(5) },
        TimeProvider.System,
        NullLogger<EtcdStateStore>.Instance,
        default);

    private static async Task<StateException> RefusedAsync(params Uri[] endpoints)
    {
        var fault = await Assert.ThrowsAsync<StateException>(() => OpenAsync(endpoints));
        Assert.Equal(StateFault.Unavailable, fault.Fault);
        return fault;
    }
}
