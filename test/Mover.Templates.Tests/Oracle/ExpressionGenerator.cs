using System.Globalization;
using System.Text;

namespace Mover.Templates.Tests.Oracle;

/// <summary>Random Bicep expressions that are valid and have a value, by type.</summary>
/// <param name="random">Where chance comes from.</param>
internal sealed class ExpressionGenerator(Random random)
{
    private const int DepthMax = 4;
    private const string Characters = "abcXYZ019 _-.,:/äÖß€漢\"{}[]()&?%+=";
    private readonly Dictionary<string, List<string>> _names = new(StringComparer.Ordinal)
    {
        ["string"] = [], ["int"] = [], ["bool"] = [], ["strings"] = [], ["ints"] = [], ["object"] = [],
    };

    /// <summary>The kinds of expressions, each with the Bicep type of its value.</summary>
    public static IReadOnlyDictionary<string, string> Types { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["string"] = "string", ["int"] = "int", ["bool"] = "bool", ["strings"] = "array", ["ints"] = "array", ["object"] = "object",
    };

    /// <summary>Lets later expressions use a name.</summary>
    public void Declare(string kind, string name) => _names[kind].Add(name);

    /// <summary>An expression of a kind.</summary>
    public string Make(string kind, int depth = 0) => kind switch
    {
        "string" => Text(depth),
        "int" => Number(depth),
        "bool" => Truth(depth),
        "strings" => Texts(depth),
        "ints" => Numbers(depth),
        _ => Object(depth),
    };

    /// <summary>A plain string literal.</summary>
    public string Literal()
    {
        var text = new StringBuilder("'");
        for (var length = random.Next(0, 9); length > 0; length--)
        {
            var rune = Characters.EnumerateRunes().ElementAt(random.Next(Characters.EnumerateRunes().Count()));
            text.Append(rune.ToString());
        }

        return text.Append('\'').ToString();
    }

    private string Any(string kind, Func<string> otherwise) =>
        _names[kind] is { Count: > 0 } names && random.Next(3) == 0 ? names[random.Next(names.Count)] : otherwise();

    private string Small() => random.Next(0, 20).ToString(CultureInfo.InvariantCulture);

    private string Pick(params Func<string>[] choices) => choices[random.Next(choices.Length)]();

    private string Text(int depth)
    {
        if (depth >= DepthMax)
        {
            return Any("string", Literal);
        }

        string T() => Text(depth + 1);
        string N() => Number(depth + 1);
        return Pick(
            Literal, () => Any("string", Literal), () => $"toLower({T()})", () => $"toUpper({T()})", () => $"trim({T()})",
            () => $"take({T()}, {Small()})", () => $"skip({T()}, {Small()})", () => $"replace({T()}, 'a', {T()})",
            () => $"concat({T()}, {T()})", () => $"'<${{{Any("string", Literal)}}}|${{{Any("int", Small)}}}>'", () => $"padLeft({N()}, {random.Next(1, 17)}, '0')",
            () => $"format('{{0}}-{{1}}', {T()}, {N()})", () => $"format('{{0:N0}}|{{0:X}}|{{1,-8}}|', {random.Next(0, 90000)}, {T()})",
            () => $"uniqueString({T()}, {T()})", () => $"guid({T()})", () => $"base64({T()})", () => $"base64ToString(base64({T()}))",
            () => $"string({N()})", () => $"string({Truth(depth + 1)})", () => $"string({Numbers(depth + 1)})",
            () => $"string({Object(depth + 1)})", () => $"join({Texts(depth + 1)}, {Literal()})", () => $"uriComponent({T()})",
            () => $"uriComponentToString(uriComponent({T()}))", () => $"({Truth(depth + 1)} ? {T()} : {T()})",
            () => $"substring('0123456789', {random.Next(0, 11)})", () => $"substring('0123456789', {random.Next(0, 5)}, {random.Next(0, 6)})",
            () => $"(first({Texts(depth + 1)}) ?? 'none')", () => $"first({T()})", () => $"last({T()})", () => $"dataUri({T()})",
            () => $"dataUriToString(dataUri({T()}))", () => $"dateTimeAdd('2024-02-{random.Next(10, 29)}T10:00:00Z', 'P{random.Next(0, 40)}DT{random.Next(0, 30)}H')",
            () => $"cidrSubnet('10.{random.Next(256)}.0.0/16', {random.Next(17, 25)}, {random.Next(0, 2)})",
            () => $"cidrHost('10.0.{random.Next(256)}.0/24', {random.Next(0, 250)})",
            () => $"resourceId('Microsoft.StorageMover/storageMovers', 'm{Small()}')",
            () => $"uri('http://example.test/a/b', 'c{Small()}')");
    }

    private string Number(int depth)
    {
        string Literal() => random.Next(-50, 1000).ToString(CultureInfo.InvariantCulture);
        if (depth >= DepthMax)
        {
            return Any("int", () => $"({Literal()})");
        }

        string N() => Number(depth + 1);
        return Pick(
            () => $"({Literal()})", () => Any("int", Small), () => $"({N()} + {N()})", () => $"({N()} - {N()})", () => $"({Small()} * {Small()})",
            () => $"({N()} / {random.Next(1, 9)})", () => $"({N()} % {random.Next(1, 9)})", () => $"min({N()}, {N()})", () => $"max({N()}, {N()})",
            () => $"length({Text(depth + 1)})", () => $"length({Texts(depth + 1)})", () => $"indexOf({Text(depth + 1)}, 'A')",
            () => $"lastIndexOf({Text(depth + 1)}, 'a')", () => $"int('{random.Next(-99, 99)}')", () => $"length({Object(depth + 1)})",
            () => $"reduce({Numbers(depth + 1)}, 0, (sum, next) => sum + next)", () => $"({Truth(depth + 1)} ? {N()} : {N()})",
            () => $"dateTimeToEpoch('20{random.Next(10, 40)}-01-02T03:04:05Z')", () => $"indexOf({Numbers(depth + 1)}, {Small()})");
    }

    private string Truth(int depth)
    {
        string Literal() => random.Next(2) == 0 ? "true" : "false";
        if (depth >= DepthMax)
        {
            return Any("bool", Literal);
        }

        string B() => Truth(depth + 1);
        return Pick(
            Literal, () => Any("bool", Literal), () => $"({B()} && {B()})", () => $"({B()} || {B()})", () => $"!({B()})",
            () => $"({Number(depth + 1)} < {Number(depth + 1)})", () => $"({Number(depth + 1)} >= {Number(depth + 1)})",
            () => $"({Text(depth + 1)} == {Text(depth + 1)})", () => $"({Text(depth + 1)} =~ {Text(depth + 1)})",
            () => $"contains({Text(depth + 1)}, {Literal2()})", () => $"contains({Texts(depth + 1)}, {Text(depth + 1)})",
            () => $"empty({Text(depth + 1)})", () => $"empty({Numbers(depth + 1)})", () => $"startsWith({Text(depth + 1)}, {Literal2()})",
            () => $"endsWith({Text(depth + 1)}, {Literal2()})", () => $"bool('{(random.Next(2) == 0 ? "True" : "false")}')",
            () => $"contains({Object(depth + 1)}, 'A')");
        string Literal2() => this.Literal();
    }

    private string Texts(int depth)
    {
        string Literal() => $"[{string.Join(", ", Enumerable.Range(0, random.Next(0, 4)).Select(_ => this.Literal()))}]";
        if (depth >= DepthMax)
        {
            return Any("strings", Literal);
        }

        string A() => Texts(depth + 1);
        return Pick(
            Literal, () => Any("strings", Literal), () => $"concat({A()}, {A()})", () => $"union({A()}, {A()})", () => $"intersection({A()}, {A()})",
            () => $"take({A()}, {Small()})", () => $"skip({A()}, {random.Next(-1, 3)})", () => $"split({Text(depth + 1)}, {Delimiter()})",
            () => $"split({Text(depth + 1)}, [',', 'a', '-'])", () => $"map({Numbers(depth + 1)}, n => '<${{n}}>')",
            () => $"map({A()}, (s, i) => concat(string(i), s))", () => $"filter({A()}, s => length(s) > {random.Next(0, 4)})",
            () => $"objectKeys({Object(depth + 1)})", () => $"flatten([{A()}, {A()}])", () => $"[{Text(depth + 1)}, {Text(depth + 1)}]");
        string Delimiter() => Pick(() => "','", () => "'a'", () => "' '");
    }

    private string Numbers(int depth)
    {
        string Literal() => $"[{string.Join(", ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Small()))}]";
        if (depth >= DepthMax)
        {
            return Any("ints", Literal);
        }

        string A() => Numbers(depth + 1);
        return Pick(
            Literal, () => Any("ints", Literal), () => $"range({random.Next(-5, 5)}, {random.Next(0, 6)})", () => $"concat({A()}, {A()})",
            () => $"union({A()}, {A()})", () => $"sort({A()}, (a, b) => a < b)", () => $"sort({A()}, (a, b) => (a % 3) > (b % 3))",
            () => $"filter({A()}, (n, i) => (n + i) % 2 == 0)", () => $"map({A()}, n => n * 2)", () => $"map({Texts(depth + 1)}, s => length(s))",
            () => $"flatten(map({A()}, n => range(0, 2)))", () => $"skip({A()}, 1)");
    }

    private string Object(int depth)
    {
        string Literal() =>
            $"{{ a: {Small()}, B: {this.Literal()}, 'c d': {{ x: {Small()}, y: [{Small()}] }}, n{Small()}: {(random.Next(2) == 0 ? "null" : "true")} }}";
        if (depth >= DepthMax)
        {
            return Any("object", Literal);
        }

        string O() => Object(depth + 1);
        return Pick(
            Literal, () => Any("object", Literal), () => $"union({{ z: {Number(depth + 1)} }}, {{ Z: {Number(depth + 1)}, q: {Texts(depth + 1)} }})",
            () => $"{{ t: {Text(depth + 1)}, i: {Number(depth + 1)}, b: {Truth(depth + 1)}, l: {Texts(depth + 1)}, o: {O()} }}",
            () => $"toObject(union({Texts(depth + 1)}, []), s => concat('k', uniqueString(s)))", () => $"groupBy({Texts(depth + 1)}, s => string(length(s)))",
            () => $"mapValues({{ k: {Number(depth + 1)}, l: {Number(depth + 1)} }}, v => v + 1)", () => "parseCidr('10.144.0.0/" + random.Next(8, 31) + "')",
            () => $"shallowMerge([{{ a: {Small()} }}, {{ A: {Small()}, b: {Text(depth + 1)} }}])", () => $"{{ items: items({O()}) }}",
            () => $"json('{{\"p\": [1, 2.5, \"x\"], \"q\": {Small()}}}')");
    }
}
