using System.Text.Json.Nodes;
using Mover.Recovery.Rules;

namespace Mover.Recovery.Tests.Rules;

/// <summary>The examples of RFC 6902 (appendix A), RFC 6901 and RFC 7396, and what a person mistypes.</summary>
public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("{\"foo\":\"bar\"}", "add", "/baz", null, "\"qux\"", "{\"baz\":\"qux\",\"foo\":\"bar\"}")]
    [InlineData("{\"foo\":[\"bar\",\"baz\"]}", "add", "/foo/1", null, "\"qux\"", "{\"foo\":[\"bar\",\"qux\",\"baz\"]}")]
    [InlineData("{\"baz\":\"qux\",\"foo\":\"bar\"}", "remove", "/baz", null, null, "{\"foo\":\"bar\"}")]
    [InlineData("{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "remove", "/foo/1", null, null, "{\"foo\":[\"bar\",\"baz\"]}")]
    [InlineData("{\"baz\":\"qux\",\"foo\":\"bar\"}", "replace", "/baz", null, "\"boo\"", "{\"baz\":\"boo\",\"foo\":\"bar\"}")]
    [InlineData(
        "{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}", "move", "/qux/thud", "/foo/waldo", null,
        "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}")]
    [InlineData("{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}", "move", "/foo/3", "/foo/1", null, "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}")]
    [InlineData("{\"a\":{\"b\":1}}", "copy", "/c", "/a", null, "{\"a\":{\"b\":1},\"c\":{\"b\":1}}")]
    [InlineData("{\"foo\":\"bar\"}", "add", "/child", null, "{\"grandchild\":{}}", "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}")]
    [InlineData("{\"foo\":[\"bar\"]}", "add", "/foo/-", null, "[\"abc\",\"def\"]", "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}")]
    [InlineData("{\"/\":9,\"~1\":10}", "test", "/~01", null, "10", "{\"/\":9,\"~1\":10}")]
    [InlineData("{\"a\":null}", "test", "/a", null, "null", "{\"a\":null}")]
    [InlineData("{\"a\":{\"b\":1}}", "move", "/a", "/a", null, "{\"a\":{\"b\":1}}")]
    public void An_operation_does_what_the_standard_says(
        string document, string op, string path, string? from, string? value, string wanted)
    {
        var target = JsonNode.Parse(document)!.AsObject();

        var problem = JsonPatch.Apply(target, [Operation(op, path, from, value)]);

        Assert.Null(problem);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(wanted), target), target.ToJsonString());
    }

    [Theory]
    [InlineData("{\"baz\":\"qux\"}", "test", "/baz", null, "\"bar\"", "test failed")]
    [InlineData("{\"/\":9,\"~1\":10}", "test", "/~01", null, "\"10\"", "test failed")]
    [InlineData("{\"foo\":\"bar\"}", "add", "/baz/bat", null, "\"qux\"", "nothing at '/baz'")]
    [InlineData("{\"foo\":[1]}", "add", "/foo/2", null, "1", "nothing can be added")]
    [InlineData("{\"foo\":[1,2]}", "add", "/foo/01", null, "1", "nothing can be added")]
    [InlineData("{\"foo\":[1]}", "add", "/foo/+0", null, "1", "nothing can be added")]
    [InlineData("{\"foo\":1}", "remove", "/bar", null, null, "nothing to remove")]
    [InlineData("{\"foo\":1}", "replace", "/bar", null, "1", "nothing to replace")]
    [InlineData("{\"foo\":1}", "copy", "/bar", "/baz", null, "nothing to copy")]
    [InlineData("{\"foo\":{\"a\":1}}", "move", "/foo/a/b", "/foo", null, "into itself")]
    [InlineData("{\"foo\":1}", "replace", "", null, "{}", "whole resource")]
    public void What_does_not_hold_is_told(string document, string op, string path, string? from, string? value, string told)
    {
        var problem = JsonPatch.Apply(JsonNode.Parse(document)!.AsObject(), [Operation(op, path, from, value)]);

        Assert.Contains(told, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}")]
    [InlineData("{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}")]
    [InlineData("{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}")]
    [InlineData("{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}")]
    [InlineData("{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}")]
    [InlineData("{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}")]
    [InlineData("{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}")]
    [InlineData("{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}")]
    public void A_merge_patch_does_what_the_standard_says(string document, string patch, string wanted)
    {
        var target = JsonNode.Parse(document)!.AsObject();

        JsonPatch.Merge(target, JsonNode.Parse(patch)!.AsObject());

        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(wanted), target), target.ToJsonString());
    }

    [Theory]
    [InlineData("a")]
    [InlineData("/a~")]
    [InlineData("/a~2b")]
    [InlineData("/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3")]
    public void A_malformed_pointer_is_refused(string text) => Assert.False(JsonPointer.TryParse(text, out _));

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abbd", false)]
    [InlineData("A?C", "abc", true)]
    [InlineData("*/nightly*", "mover/p/nightly-2", true)]
    [InlineData("a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false)]
    [InlineData("abc", "abcd", false)]
    [InlineData("", "", true)]
    public void A_pattern_fits_whole_texts(string pattern, string text, bool fits) => Assert.Equal(fits, RuleMatch.Fits(pattern, text));

    private static PatchOperation Operation(string op, string path, string? from, string? value) =>
        new(op, Pointer(path), from is null ? null : Pointer(from), value is null ? null : JsonNode.Parse(value));

    private static JsonPointer Pointer(string text) => JsonPointer.TryParse(text, out var pointer) ? pointer : throw new ArgumentException(text, nameof(text));
}
