using System.Diagnostics;
using System.Net;
using System.Runtime.CompilerServices;
using Mover.Core.Access;
using Mover.Server.Authorization;
using Mover.Server.Tests.Operations;
using Mover.State;
using Mover.State.Tests;

namespace Mover.Server.Tests.Authorization;

/// <summary>A right that is revoked at one instance, and requests at another one; and the same with a cache that does not hear of it.</summary>
public sealed class RevokedRightTests : SharedStoreTests
{
    private static readonly TimeSpan SeenMax = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_right_that_is_revoked_at_one_instance_serves_no_later_request_at_another()
    {
        await using var one = await StartAsync("one", new SharedStore(Store));
        await using var two = await StartAsync("two", new SharedStore(Store));

        Assert.Equal(HttpStatusCode.Forbidden, await RevokeAsync(one, two));
    }

    [Fact]
    public async Task A_planted_cache_that_keeps_revoked_rights_is_found()
    {
        await using var one = await StartAsync("one", new SharedStore(Store));
        await using var two = await StartAsync("two", new DeafStore(Store));

        Assert.Equal(HttpStatusCode.OK, await RevokeAsync(one, two));
    }

    // What the other instance answers to a request that begins when rights from before the revocation may judge no more.
    private static async Task<HttpStatusCode> RevokeAsync(TestServer one, TestServer two)
    {
        await one.CreateGroupAsync();
        var caller = await one.NewCallerAsync();
        var given = await one.GiveAsync(BuiltInRoles.Reader, caller.ObjectId, one.Group());
        var there = caller with { Server = two };
        var limit = Stopwatch.StartNew();
        while (await AskAsync(there) != HttpStatusCode.OK)
        {
            Assert.True(limit.Elapsed < SeenMax, "The other instance did not hear of the right.");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }

        var gone = await one.SendAsync(HttpMethod.Delete, Callers.Versioned(given));
        Assert.Equal(HttpStatusCode.OK, gone.StatusCode);
        var revoked = Stopwatch.StartNew();
        HttpStatusCode answer;
        do
        {
            answer = await AskAsync(there);
        }
        while (answer == HttpStatusCode.OK && revoked.Elapsed < AccessState.StaleAfter);
        return answer == HttpStatusCode.OK ? await AskAsync(there) : answer;
    }

    private static async Task<HttpStatusCode> AskAsync(Caller caller) =>
        (await caller.SendAsync(HttpMethod.Get, TestServer.Versioned(caller.Server.Group(), "2021-04-01"))).StatusCode;

    /// <summary>A store whose watch leaves out that something is gone.</summary>
    private sealed class DeafStore(IStateStore inner) : PassingStore(inner, ownsInner: false)
    {
        public override async IAsyncEnumerable<StateChanges> WatchAsync(
            string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancel)
        {
            await foreach (var seen in Inner.WatchAsync(prefix, afterRevision, cancel))
            {
                yield return seen with { Changes = [.. seen.Changes.Where(change => change.Entry is not null)] };
            }
        }
    }
}
