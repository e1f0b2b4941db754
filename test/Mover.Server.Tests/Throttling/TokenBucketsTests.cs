using Mover.Server.Throttling;

namespace Mover.Server.Tests.Throttling;

public sealed class TokenBucketsTests
{
    private readonly TestClock _clock = new(DateTimeOffset.UnixEpoch);

    [Fact]
    public void A_caller_gets_the_burst_then_waits_for_the_rate()
    {
        var buckets = new TokenBuckets(new(2, 0.5), _clock);

        var first = buckets.Take("a");
        var second = buckets.Take("a");
        var third = buckets.Take("a");

        Assert.Equal(new Admission(1, null), first);
        Assert.Equal(new Admission(0, null), second);
        Assert.Equal(new Admission(0, TimeSpan.FromSeconds(2)), third);
    }

    [Fact]
    public void A_refused_request_costs_nothing_and_time_fills_the_bucket_to_its_size()
    {
        var buckets = new TokenBuckets(new(2, 1), _clock);
        buckets.Take("a");
        buckets.Take("a");
        buckets.Take("a");

        _clock.Now += TimeSpan.FromSeconds(1);
        var afterOne = buckets.Take("a");
        _clock.Now += TimeSpan.FromHours(1);
        var afterRest = buckets.Take("a");

        Assert.Equal(new Admission(0, null), afterOne);
        Assert.Equal(new Admission(1, null), afterRest);
    }

    [Fact]
    public void One_callers_requests_do_not_throttle_another()
    {
        var buckets = new TokenBuckets(new(1, 1), _clock);
        buckets.Take("a");
        buckets.Take("a");

        Assert.Null(buckets.Take("b").Wait);
    }

    [Fact]
    public void A_clock_that_is_set_back_neither_fills_nor_locks()
    {
        var buckets = new TokenBuckets(new(1, 1), _clock);
        buckets.Take("a");

        _clock.Now -= TimeSpan.FromDays(1);
        var early = buckets.Take("a");
        _clock.Now += TimeSpan.FromSeconds(1);
        var later = buckets.Take("a");

        Assert.NotNull(early.Wait);
        Assert.Null(later.Wait);
    }

    [Fact]
    public void Callers_beyond_those_told_apart_share_one_bucket_until_others_rest()
    {
        var buckets = new TokenBuckets(new(2, 1), _clock);
        foreach (var caller in Enumerable.Range(0, TokenBuckets.CallersMax))
        {
            buckets.Take($"caller {caller}");
        }

        buckets.Take("x");
        buckets.Take("y");
        var shared = buckets.Take("z");
        _clock.Now += TimeSpan.FromSeconds(10);
        var own = buckets.Take("w");

        Assert.NotNull(shared.Wait);
        Assert.Equal(new Admission(1, null), own);
    }
}
