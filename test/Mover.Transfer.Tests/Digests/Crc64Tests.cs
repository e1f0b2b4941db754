using System.Globalization;
using System.Text;
using Mover.Transfer.Digests;

namespace Mover.Transfer.Tests.Digests;

public sealed class Crc64Tests
{
    private const int Seed = 20_260_101;

    [Fact]
    public void The_check_value_is_the_catalogued_one() =>
        Assert.Equal(0xAE8B14860A799888, Crc64.Compute("123456789"u8));

    [Fact]
    public void Nothing_has_the_digest_zero() => Assert.Equal(0UL, Crc64.Compute([]));

    [Fact]
    public void Every_length_up_to_a_kilobyte_agrees_with_the_bitwise_definition()
    {
        var content = Content(1024);

        for (var length = 0; length <= content.Length; length++)
        {
            Assert.Equal(Bitwise(content.AsSpan(0, length)), Crc64.Compute(content.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(65_537)]
    [InlineData(1_000_003)]
    public void Long_content_agrees_with_the_bitwise_definition_folded_and_by_tables(int length)
    {
        var content = Content(length);
        var expected = Bitwise(content);

        Assert.Equal(expected, Crc64.Compute(content));
        Assert.Equal(expected, Crc64.AppendPortably(0, content));
    }

    [Fact]
    public void Appending_in_pieces_gives_the_digest_of_the_whole()
    {
        var content = Content(10_000);
        var random = new Random(Seed);
        var whole = Crc64.Compute(content);

        for (var run = 0; run < 200; run++)
        {
            var crc = 0UL;
            for (var at = 0; at < content.Length;)
            {
                var length = Math.Min(random.Next(0, 700), content.Length - at);
                crc = Crc64.Append(crc, content.AsSpan(at, length));
                at += length;
            }

            Assert.Equal(whole, crc);
        }
    }

    [Fact]
    public void Combining_two_digests_gives_the_digest_of_both_parts_together()
    {
        var content = Content(20_000);
        var random = new Random(Seed);

        for (var run = 0; run < 500; run++)
        {
            var end = random.Next(content.Length + 1);
            var cut = random.Next(end + 1);
            var combined = Crc64.Combine(Crc64.Compute(content.AsSpan(0, cut)), Crc64.Compute(content.AsSpan(cut, end - cut)), end - cut);

            Assert.True(
                Crc64.Compute(content.AsSpan(0, end)) == combined,
                string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, run {run}, cut {cut}, end {end}"));
        }
    }

    [Fact]
    public void Combining_is_associative_for_lengths_that_no_buffer_holds()
    {
        var random = new Random(Seed);

        for (var run = 0; run < 200; run++)
        {
            var (a, b, c) = ((ulong)random.NextInt64(), (ulong)random.NextInt64(), (ulong)random.NextInt64());
            var (bytesB, bytesC) = (random.NextInt64(1L << 47), random.NextInt64(1L << 47));

            Assert.Equal(
                Crc64.Combine(Crc64.Combine(a, b, bytesB), c, bytesC),
                Crc64.Combine(a, Crc64.Combine(b, c, bytesC), bytesB + bytesC));
        }
    }

    [Fact]
    public void A_negative_length_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Crc64.Combine(1, 2, -1));

    [Fact]
    public void Md5_in_pieces_and_at_once_is_the_known_one()
    {
        Span<byte> once = stackalloc byte[Md5.SizeBytes];
        Span<byte> pieces = stackalloc byte[Md5.SizeBytes];
        using var md5 = new Md5();

        Md5.Compute("message digest"u8, once);
        md5.Append(Encoding.ASCII.GetBytes("message "));
        md5.Append(Encoding.ASCII.GetBytes("digest"));
        md5.Finish(pieces);

        Assert.Equal("F96B697D7CB7938D525A2F31AAF161D0", Convert.ToHexString(once));
        Assert.Equal(Convert.ToHexString(once), Convert.ToHexString(pieces));
    }

    private static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(Seed + length).NextBytes(content);
        return content;
    }

    private static ulong Bitwise(ReadOnlySpan<byte> content)
    {
        var state = ulong.MaxValue;
        foreach (var b in content)
        {
            state ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                state = (state & 1) != 0 ? (state >> 1) ^ 0x9A6C9329AC4BC9B5 : state >> 1;
            }
        }

        return ~state;
    }
}
