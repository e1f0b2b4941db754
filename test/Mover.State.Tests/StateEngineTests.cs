namespace Mover.State.Tests;

public sealed class StateEngineTests
{
    [Theory]
    [InlineData("sqlite", "sqlite", false)]
    [InlineData("SQLite", "sqlite", false)]
    [InlineData("etcd://a:1", "a:1", true)]
    [InlineData("etcd://10.0.0.1:2379,[::1]:2379/", "10.0.0.1:2379,[::1]:2379", true)]
    [InlineData("etcds://a.example:2379?ca=/ca.pem&cert=/c%3Fert.pem&key=/key.pem&prefix=west/", "a.example:2379", true)]
    public void A_setting_names_an_engine(string setting, string name, bool isShared)
    {
        var engine = StateEngine.Parse(setting);

        Assert.Equal((name, isShared), (engine.Name, engine.IsShared));
    }

    [Theory]
    [InlineData("postgres://a", "Use sqlite, or etcd")]
    [InlineData("", "Use sqlite, or etcd")]
    [InlineData("etcd://", "is not a valid etcd member")]
    [InlineData("etcd://a", "is not a valid etcd member")]
    [InlineData("etcd://a:1,,b:2", "is not a valid etcd member")]
    [InlineData("etcd://user:word@a:1", "is not a valid etcd member")]
    [InlineData("etcd://a:1/path", "is not a valid etcd member")]
    [InlineData("etcd://a:1?ca=/x", "require TLS")]
    [InlineData("etcds://a:1?cert=/x", "needs both")]
    [InlineData("etcds://a:1?password=x", "Unknown setting")]
    [InlineData("etcds://a:1?ca=/x&ca=/y", "appears twice")]
    [InlineData("etcd://a:1?prefix=west", "end with a slash")]
    public void A_setting_that_is_wrong_says_what_is(string setting, string said)
    {
        Assert.Contains(said, Assert.Throws<FormatException>(() => StateEngine.Parse(setting)).Message, StringComparison.Ordinal);
    }
}
