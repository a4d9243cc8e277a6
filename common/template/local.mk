noinst_LIBRARIES += libsc_template.a
libsc_template_a_SOURCES = \
	common/template/data.h \
	common/template/exec.c \
	common/template/func.c \
	common/template/func_asn1.c \
	common/template/func_case.c \
	common/template/func_core.c \
	common/template/func_date.c \
	common/template/func_dict.c \
	common/template/func_encode.c \
	common/template/func_list.c \
	common/template/func_number.c \
	common/template/func_regex.c \
	common/template/func_string.c \
	common/template/func_value.c \
	common/template/func_version.c \
	common/template/internal.h \
	common/template/layout.c \
	common/template/lex.c common/template/lex.h \
	common/template/parse.c \
	common/template/print.c \
	common/template/quote.c \
	common/template/template.h \
	common/template/tojson.c \
	common/template/value.c common/template/value.h
