using Mover.Client.Agent;

namespace Mover.Client.Tests;

public sealed class AgentAddressesTests
{
    [Fact]
    public void What_the_control_plane_tells_replaces_what_it_told_and_keeps_the_one_in_use()
    {
        var addresses = new AgentAddresses(["https://a", "https://b"], []);
        addresses.Failed("https://a");

        Assert.True(addresses.Replace(["https://b", "https://c"]));

        Assert.Equal(["https://b", "https://c"], addresses.All);
        Assert.Equal("https://b", addresses.Current);
    }

    [Fact]
    public void What_a_person_gave_is_never_forgotten()
    {
        var addresses = new AgentAddresses(["https://given"], ["https://given"]);

        addresses.Replace(["https://b", "https://c"]);
        addresses.Replace(Enumerable.Range(0, 40).Select(number => $"https://n{number}"));

        Assert.Equal(AgentAddresses.AddressesMax, addresses.All.Count);
        Assert.Equal("https://given", addresses.All[^1]);
    }

    [Theory]
    [InlineData("http://a")]
    [InlineData("https://user@a")]
    [InlineData("https://a?b")]
    [InlineData("a:7443")]
    [InlineData("")]
    public void What_is_not_an_https_address_is_not_taken(string address)
    {
        var addresses = new AgentAddresses(["https://a", "https://b"]);

        Assert.False(addresses.Replace([address]));
        addresses.Replace(["https://c", address]);

        Assert.Equal(["https://c"], addresses.All);
    }

    [Fact]
    public void An_empty_list_means_no_change()
    {
        var addresses = new AgentAddresses(["https://a", "https://b"]);

        Assert.False(addresses.Replace([]));

        Assert.Equal(["https://a", "https://b"], addresses.All);
    }

    [Fact]
    public void The_same_address_in_other_spellings_is_one() =>
        Assert.Equal(["https://mover.example"], new AgentAddresses(["https://Mover.example:443/", "https://mover.example"]).All);

    [Fact]
    public void One_call_that_fails_moves_all_calls_to_the_next_address_once()
    {
        var addresses = new AgentAddresses(["https://a", "https://b", "https://c"]);
        var (first, gone) = addresses.Use();

        addresses.Failed(first, isGone: true);
        addresses.Failed(first, isGone: true);

        Assert.True(gone.IsCancellationRequested);
        Assert.Equal("https://b", addresses.Current);
        Assert.False(addresses.Use().Gone.IsCancellationRequested);
    }

    [Fact]
    public void A_refusal_at_one_address_ends_no_call_that_waits_there()
    {
        var addresses = new AgentAddresses(["https://a", "https://b"]);
        var (first, gone) = addresses.Use();

        addresses.Failed(first);

        Assert.False(gone.IsCancellationRequested);
    }

    [Fact]
    public void A_new_list_does_not_end_the_calls_at_the_address_that_stays_in_use()
    {
        var addresses = new AgentAddresses(["https://a"]);
        var gone = addresses.Use().Gone;

        addresses.Replace(["https://a", "https://b"]);
        addresses.Failed("https://a", isGone: true);

        Assert.True(gone.IsCancellationRequested);
    }
}
