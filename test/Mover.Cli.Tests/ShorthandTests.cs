using System.Text.Json;
using System.Text.Json.Nodes;
using Mover.Cli.Resources;

namespace Mover.Cli.Tests;

public sealed class ShorthandTests
{
    [Theory]
    [InlineData("{frequency:Daily,is-active:true}", """{"frequency":"Daily","isActive":true}""")]
    [InlineData("{ execution-time : { hour : 9 , minute : 30 } , daysOfWeek : [ Monday , Friday ] }",
        """{"executionTime":{"hour":9,"minute":30},"daysOfWeek":["Monday","Friday"]}""")]
    [InlineData("{cron-expression:'0 9 * * MON,FRI'}", """{"cronExpression":"0 9 * * MON,FRI"}""")]
    [InlineData("{start-date:2026-05-01T00:00:00Z,end-date:null}", """{"startDate":"2026-05-01T00:00:00Z","endDate":null}""")]
    [InlineData("{a:https://v.example/x:1,b:[c:d,e]}", """{"a":"https://v.example/x:1","b":["c:d","e"]}""")]
    [InlineData("{a:'it''s',b:\"x,y\",c:'12',d:'',e:-1.5,f:01,g:a b}", """{"a":"it's","b":"x,y","c":"12","d":"","e":-1.5,"f":"01","g":"a b"}""")]
    [InlineData("[]", "[]")]
    [InlineData("{}", "{}")]
    [InlineData("[{days:[Monday],limit-in-mbps:10},]", """[{"days":["Monday"],"limitInMbps":10}]""")]
    public void Shorthand_means_json(string shorthand, string json) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(json), Shorthand.Parse(shorthand)), Shorthand.Parse(shorthand)?.ToJsonString());

    [Theory]
    [InlineData("{a}")]
    [InlineData("{a:}")]
    [InlineData("{a:b")]
    [InlineData("{a:b}}")]
    [InlineData("{a:b c:d")]
    [InlineData("[a")]
    [InlineData("[,]")]
    [InlineData("{a:'b}")]
    [InlineData("{:b}")]
    [InlineData("")]
    public void Invalid_shorthand_is_refused_with_its_position(string text)
    {
        var failed = Assert.Throws<JsonException>(() => Shorthand.Parse(text));

        Assert.Matches(@"expected at character \d+\.$", failed.Message);
    }

    [Theory]
    [InlineData(Shorthand.DepthMax, true)]
    [InlineData(Shorthand.DepthMax + 1, false)]
    public void Levels_are_bounded(int levels, bool holds)
    {
        var text = new string('[', levels + 1) + new string(']', levels + 1);

        Assert.Equal(holds, Record.Exception(() => Shorthand.Parse(text)) is null);
    }
}
