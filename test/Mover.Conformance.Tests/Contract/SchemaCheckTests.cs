using System.Text.Json.Nodes;
using Mover.Conformance.Contract;

namespace Mover.Conformance.Tests.Contract;

/// <summary>Documents that are wrong in one place each, held to a small definition.</summary>
public sealed class SchemaCheckTests
{
    private const string Facts = """
        {"definitions": {
          "Animal": {"type":"object","discriminator":"kind","required":["kind"],"properties":{
            "kind":{"type":"string","enum":["Cat","Dog"],"isOpen":true},
            "name":{"type":"string","pattern":"^[a-z]+$","maxLength":5,"minLength":2},
            "born":{"type":"string","format":"date-time"},
            "chip":{"type":"string","format":"uuid"},
            "home":{"type":"string","format":"arm-id","armIdTypes":["Contoso.Homes/houses"]},
            "site":{"type":"string","format":"uri"},
            "mood":{"type":"string","enum":["good","bad"],"isOpen":false},
            "call":{"type":"string","enum":["meow","woof"],"isOpen":true},
            "legs":{"type":"integer","format":"int32","minimum":0,"maximum":8},
            "tail":{"type":"integer","format":"int64"},
            "half":{"type":"number","enum":[0,30],"isOpen":true},
            "tame":{"type":"boolean"},
            "tags":{"type":"object","additionalProperties":{"type":"string"}},
            "toys":{"type":"array","items":{"type":"string"},"maxItems":2,"uniqueItems":true},
            "free":{"type":"object"},
            "any":{},
            "seen":{"type":"string","readOnly":true},
            "gone":{"type":"string","x-nullable":true}}},
          "Cat": {"allOf":[{"$ref":"#/definitions/Animal"}],"required":["mice"],"properties":{"mice":{"type":"integer","format":"int32"}},
            "x-ms-discriminator-value":"Cat"},
          "Puppy": {"allOf":[{"$ref":"#/definitions/Dog"}],"x-ms-discriminator-value":"Puppy"},
          "Dog": {"allOf":[{"$ref":"#/definitions/Animal"}],"required":["seen"],"x-ms-discriminator-value":"Dog"}
        }}
        """;

    private static readonly ApiDefinition Definition = new("2020-02-02", JsonNode.Parse(Facts)!.AsObject(), []);

    [Theory]
    [InlineData("""{"name":"rex"}""", "/kind", "is required, because it identifies the type, but is missing")]
    [InlineData("""{"kind":"Fish","mice":1}""", "/mice", "is not a property of api-version 2020-02-02")]
    [InlineData("""{"kind":"Cat"}""", "/mice", "is required but missing")]
    [InlineData("""{"kind":"Cat","mice":1.5}""", "/mice", "is 1.5, which is not a whole number")]
    [InlineData("""{"kind":"Cat","mice":3000000000}""", "/mice", "is 3000000000, outside -2147483648 to 2147483647")]
    [InlineData("""{"kind":"Cat","mice":"1"}""", "/mice", "is a string, not a number")]
    [InlineData("""{"kind":"Dog","seen":"x","mice":1}""", "/mice", "is not a property of api-version 2020-02-02")]
    [InlineData("""{"kind":"Dog","seen":"x","a/b~c":1}""", "/a~1b~0c", "is not a property of api-version 2020-02-02")]
    [InlineData("""{"kind":"Dog","seen":"x","name":"Rex"}""", "/name", "is 'Rex', which does not match ^[a-z]+$")]
    [InlineData("""{"kind":"Dog","seen":"x","name":"r"}""", "/name", "has 1 characters, outside its limits")]
    [InlineData("""{"kind":"Dog","seen":"x","name":7}""", "/name", "is a number, not a string")]
    [InlineData("""{"kind":"Dog","seen":"x","born":"yesterday"}""", "/born", "is 'yesterday', which is not an RFC 3339 time")]
    [InlineData("""{"kind":"Dog","seen":"x","born":"2020-02-02 10:00"}""", "/born", "is '2020-02-02 10:00', which is not an RFC 3339 time")]
    [InlineData("""{"kind":"Dog","seen":"x","chip":"1"}""", "/chip", "is '1', which is not a UUID")]
    [InlineData("""{"kind":"Dog","seen":"x","home":"house"}""", "/home", "is 'house', which is not an ARM id")]
    [InlineData("""{"kind":"Dog","seen":"x","home":"/subscriptions/s/resourceGroups/g/providers/Contoso.Homes/huts/h"}""", "/home",
        "is the id of a Contoso.Homes/huts, not of Contoso.Homes/houses")]
    [InlineData("""{"kind":"Dog","seen":"x","site":"here"}""", "/site", "is 'here', which is not an absolute URI")]
    [InlineData("""{"kind":"Dog","seen":"x","mood":"fair"}""", "/mood", "is 'fair', which is not one of good, bad")]
    [InlineData("""{"kind":"Dog","seen":"x","legs":9}""", "/legs", "is 9, outside 0 to 8")]
    [InlineData("""{"kind":"Dog","seen":"x","half":15}""", "/half", "is 15, which is not one of 0, 30")]
    [InlineData("""{"kind":"Dog","seen":"x","tame":"yes"}""", "/tame", "is a string, not a boolean")]
    [InlineData("""{"kind":"Dog","seen":"x","tags":{"a":1}}""", "/tags/a", "is a number, not a string")]
    [InlineData("""{"kind":"Dog","seen":"x","toys":"ball"}""", "/toys", "is a string, not an array")]
    [InlineData("""{"kind":"Dog","seen":"x","toys":["a","b","c"]}""", "/toys", "has 3 items, outside its limits")]
    [InlineData("""{"kind":"Dog","seen":"x","toys":["a","a"]}""", "/toys", "contains a duplicate item")]
    [InlineData("""{"kind":"Dog","seen":"x","toys":["a",1]}""", "/toys/1", "is a number, not a string")]
    [InlineData("""{"kind":"Dog","seen":"x","name":null}""", "/name", "is null; unset properties must be omitted")]
    [InlineData("""{"kind":"Dog"}""", "/seen", "is required but missing")]
    [InlineData("[]", "", "is an array, not an object")]
    public void What_is_wrong_with_an_answer_is_found_and_placed(string document, string pointer, string problem)
    {
        var found = Run(document, SchemaUse.Answer);

        Assert.Equal(new SchemaProblem(pointer, problem), Assert.Single(found));
    }

    [Theory]
    [InlineData("""{"kind":"Dog","seen":"x"}""")]
    [InlineData("""{"kind":"Puppy","seen":"x"}""")]
    [InlineData("""{"kind":"Cat","mice":3,"name":"tom","legs":4.0,"tail":9000000000,"half":30.0,"tame":true}""")]
    [InlineData("""{"kind":"Dog","seen":"x","call":"growl"}""")]
    [InlineData("""{"kind":"Dog","seen":"x","born":"2020-02-02T10:00:00.1234567Z","chip":"6a3f2c1e-0000-4000-8000-1234567890ab"}""")]
    [InlineData("""{"kind":"Dog","seen":"x","home":"/subscriptions/s/resourceGroups/g/providers/contoso.homes/HOUSES/h"}""")]
    [InlineData("""{"kind":"Dog","seen":"x","free":{"a":{"b":1}},"any":[1,"2"],"tags":{"a":"b"},"gone":null}""")]
    public void What_is_right_is_left_alone(string document) => Assert.Empty(Run(document, SchemaUse.Answer));

    [Theory]
    [InlineData("""{"kind":"Dog"}""")]
    [InlineData("""{"kind":"Dog","seen":7,"newer":true,"name":null}""")]
    public void A_request_may_leave_out_what_only_the_service_writes_and_name_what_is_not_known(string document) =>
        Assert.Empty(Run(document, SchemaUse.Put));

    [Fact]
    public void A_request_without_what_is_required_is_found() =>
        Assert.Equal("/mice", Assert.Single(Run("""{"kind":"Cat","mice":null}""", SchemaUse.Put)).Pointer);

    [Fact]
    public void Every_published_definition_resolves_all_its_references()
    {
        foreach (var definition in ApiDefinitions.Versions.Select(v => ApiDefinitions.Of(v)!))
        {
            foreach (var schema in definition.Operations.Select(o => o.BodySchema).OfType<JsonObject>())
            {
                Assert.NotEmpty(ObjectShape.Of(definition, definition.Resolve(schema)).Properties);
            }
        }

        Assert.Equal(9, ApiDefinitions.Versions.Count);
    }

    private static IReadOnlyList<SchemaProblem> Run(string document, SchemaUse use) => SchemaCheck.Run(
        Definition, JsonNode.Parse("""{"$ref":"#/definitions/Animal"}""")!.AsObject(), JsonNode.Parse(document), use);
}
