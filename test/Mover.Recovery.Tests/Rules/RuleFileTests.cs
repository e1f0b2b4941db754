using Mover.Recovery.Rules;

namespace Mover.Recovery.Tests.Rules;

public sealed class RuleFileTests
{
    [Theory]
    [InlineData("nothing", "invalid JSON literal")]
    [InlineData("[]", "the file must be an object")]
    [InlineData("{}", "'rules' must be an array")]
    [InlineData("{\"rules\":[],\"more\":1}", "unknown member 'more'")]
    [InlineData("{\"rules\":[1]}", "rules[0] must be an object")]
    [InlineData("{\"rules\":[{\"match\":{\"type\":\"*\"},\"remove\":true}]}", "rules[0].name must be a string")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"remove\":true}]}", "rules[0].match must be an object")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{},\"remove\":true}]}", "would match every resource")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"tpye\":\"x\"},\"remove\":true}]}", "unknown member 'tpye'")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"}}]}", "exactly one of")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"remove\":true,\"merge\":{}}]}", "exactly one of")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"remove\":\"yes\"}]}", "remove must be true or false")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"patch\":[{\"op\":\"set\",\"path\":\"/a\",\"value\":1}]}]}", "must be one of")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"patch\":[{\"op\":\"add\",\"path\":\"a\",\"value\":1}]}]}", "not a JSON pointer")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"patch\":[{\"op\":\"add\",\"path\":\"/a\"}]}]}", "need a \"value\"")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"patch\":[{\"op\":\"move\",\"path\":\"/a\"}]}]}", "need a \"from\"")]
    [InlineData("{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\",\"type\":\"x\"},\"remove\":true}]}", "duplicate member")]
    [InlineData(
        "{\"rules\":[{\"name\":\"a\",\"match\":{\"type\":\"*\"},\"remove\":true},{\"name\":\"A\",\"match\":{\"type\":\"*\"},\"remove\":true}]}",
        "two rules are named")]
    public void A_wrong_rule_is_refused_and_says_where(string text, string told)
    {
        var refused = Assert.Throws<RecoveryException>(() => RuleFile.Parse(text, "my.json", isBuiltIn: false));

        Assert.Equal("RulesInvalid", refused.Code);
        Assert.Contains("my.json", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_built_in_rules_are_the_documented_changes() => Assert.Equal(
        [
            "remove-agents", "remove-machines", "unassign-agents", "drop-run-state", "switch-off-schedules", "move-to-region", "tag-for-undo",
        ],
        RuleFile.BuiltIn.Select(rule => rule.Name));
}
