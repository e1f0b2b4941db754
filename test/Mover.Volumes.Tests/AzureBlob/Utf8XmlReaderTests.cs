using System.Text;
using Mover.Transfer.Contract;
using Mover.Volumes.AzureBlob;

namespace Mover.Volumes.Tests.AzureBlob;

public sealed class Utf8XmlReaderTests
{
    private const string Document =
        "\uFEFF<?xml version=\"1.0\"?>\n<!-- a > b --><r a='1>2' b=\"x\"><e/>te&lt;x&amp;t &#65;&#x1F600;\n<n>&quot;&apos;&gt;</n></r>\n";

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public async Task Tokens_are_the_same_however_the_bytes_arrive(int chunk)
    {
        var tokens = await ReadAsync(Encoding.UTF8.GetBytes(Document), chunk);

        Assert.Equal("<r|a='1>2' b=\"x\"><e|></e>[te<x&t A😀\n]<n|>[\"'>]</n></r>", tokens);
    }

    [Theory]
    [InlineData("<!DOCTYPE x [<!ENTITY a 'b'>]><r/>")]
    [InlineData("<r>&unknown;</r>")]
    [InlineData("<r>&#xD800;</r>")]
    [InlineData("<r><broken")]
    public async Task What_the_service_never_sends_is_a_fault(string document) =>
        await Assert.ThrowsAsync<VolumeException>(() => ReadAsync(Encoding.UTF8.GetBytes(document), 1000));

    [Fact]
    public async Task A_token_without_end_does_not_eat_the_memory() =>
        await Assert.ThrowsAsync<VolumeException>(() => ReadAsync(Encoding.UTF8.GetBytes("<r>" + new string('x', 3_000_000)), 100_000));

    [Fact]
    public async Task Any_bytes_end_in_tokens_or_a_fault()
    {
        var random = new Random(11);
        var letters = "<>/?!-&;#x1 ='\"abc\n"u8.ToArray();
        for (var run = 0; run < 3000; run++)
        {
            var bytes = Enumerable.Range(0, random.Next(60)).Select(_ => letters[random.Next(letters.Length)]).ToArray();
            var error = await Record.ExceptionAsync(() => ReadAsync(bytes, 7));

            Assert.True(error is null or VolumeException, $"run {run}: {Encoding.ASCII.GetString(bytes)}: {error}");
        }
    }

    private static async Task<string> ReadAsync(byte[] document, int chunk)
    {
        var said = new StringBuilder();
        await using var stream = new ChunkStream(document, chunk);
        using var xml = new Utf8XmlReader(stream);
        do
        {
            for (var token = xml.Read(); token is not XmlToken.NeedsMore; token = xml.Read())
            {
                var text = token switch
                {
                    XmlToken.Start => $"<{Encoding.UTF8.GetString(xml.Name)}|{Encoding.UTF8.GetString(xml.Attributes)}>",
                    XmlToken.End => $"</{Encoding.UTF8.GetString(xml.Name)}>",
                    _ => $"[{Encoding.UTF8.GetString(xml.Text)}]",
                };
                said.Append(text is "[\n]" or "[\uFEFF]" ? "" : text);
            }
        }
        while (await xml.FillAsync(default));
        return said.ToString();
    }

    private sealed class ChunkStream(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
